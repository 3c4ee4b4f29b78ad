import type { Knex } from 'knex'
import { exactText, instant, recordTimes } from './support/column-types.ts'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('parking_sessions', (table) => {
    table.increments('id')
    table.uuid('vehicle_id').notNullable().references('id').inTable('vehicles')
    table.uuid('spot_id').nullable().references('id').inTable('spots')
    // The spot as the record names it: it stays readable where that spot no longer exists.
    exactText(knex, table, 'spot_code', 64).notNullable()
    table.integer('rate_type_id').notNullable().references('id').inTable('rate_types')
    instant(table, 'check_in_at').notNullable()
    instant(table, 'check_out_at').nullable()
    table.integer('total_amount_cents').notNullable()
    table.boolean('is_paid').notNullable()
    recordTimes(table)
    table.check('?? >= 0', ['total_amount_cents'], 'parking_sessions_amount_not_negative')
    table.index(['vehicle_id'], 'parking_sessions_vehicle_id_index')
    table.index(['spot_id'], 'parking_sessions_spot_id_index')
    table.index(['rate_type_id'], 'parking_sessions_rate_type_id_index')
    table.index(['check_in_at'], 'parking_sessions_check_in_at_index')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('parking_sessions')
}
