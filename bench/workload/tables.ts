import type { Knex } from 'knex'

export const TABLES = ['spots', 'vehicles', 'parking_sessions'] as const

/** Columns of parking_sessions, in order. */
export const SESSION_COLUMNS = [
  'id',
  'vehicle_id',
  'spot_id',
  'spot_code',
  'license_plate',
  'vehicle_type',
  'rate_type',
  'check_in_at',
  'check_out_at',
  'total_amount_cents',
  'is_paid',
  'note',
  'created_at',
  'updated_at',
] as const

/** Two parents, then the sessions: primary key, two foreign keys, two secondary indexes. */
export async function createTables(knex: Knex): Promise<void> {
  await knex.schema.createTable('spots', (table) => {
    table.integer('id').primary()
    table.string('code', 40).notNullable()
    table.string('type', 20).notNullable()
  })
  await knex.schema.createTable('vehicles', (table) => {
    table.integer('id').primary()
    table.string('license_plate', 40).notNullable()
    table.string('vehicle_type', 20).notNullable()
  })
  await knex.schema.createTable('parking_sessions', (table) => {
    const time = (name: string) => table.specificType(name, knex.client.config.client === 'better-sqlite3' ? 'text' : timeType(knex))
    table.integer('id').primary()
    table.integer('vehicle_id').notNullable().references('vehicles.id')
    table.integer('spot_id').notNullable().references('spots.id')
    table.string('spot_code', 40).notNullable()
    table.string('license_plate', 40).notNullable()
    table.string('vehicle_type', 20).notNullable()
    table.string('rate_type', 20).notNullable()
    time('check_in_at').notNullable()
    time('check_out_at').nullable()
    table.integer('total_amount_cents').notNullable()
    table.boolean('is_paid').notNullable()
    table.text('note').notNullable()
    time('created_at').notNullable()
    time('updated_at').notNullable()
    table.index(['vehicle_id'], 'sessions_by_vehicle')
    table.index(['check_in_at'], 'sessions_by_check_in')
  })
}

/** What a hand-written loader does with the indexes, as ours does: take them away, load, make them again. */
export const INDEXES = [
  { name: 'sessions_by_vehicle', ddl: 'create index sessions_by_vehicle on parking_sessions (vehicle_id)' },
  { name: 'sessions_by_check_in', ddl: 'create index sessions_by_check_in on parking_sessions (check_in_at)' },
] as const

function timeType(knex: Knex): string {
  return knex.client.config.client === 'pg' ? 'timestamptz(3)' : 'datetime(3)'
}
