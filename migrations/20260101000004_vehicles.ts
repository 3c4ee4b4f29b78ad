import type { Knex } from 'knex'
import { exactText, isSqlite, recordTimes } from './support/column-types.ts'

/** Vehicles name a spot and spots name a vehicle: the second half of that cycle can only be added when both tables exist. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('vehicles', (table) => {
    table.uuid('id').notNullable().primary()
    exactText(knex, table, 'license_plate', 64).notNullable().unique()
    exactText(knex, table, 'vehicle_type', 16).notNullable()
    table.uuid('spot_id').nullable().references('id').inTable('spots')
    recordTimes(table)
    table.index(['spot_id'], 'vehicles_spot_id_index')
    table.check("?? in ('COMPACT', 'STANDARD', 'OVERSIZED')", ['vehicle_type'], 'vehicles_vehicle_type_known')
  })
  if (isSqlite(knex)) {
    // Knex would copy, drop and rename `spots`, and the drop fires the foreign keys of its children; ADD COLUMN touches no row.
    await knex.raw('alter table spots add column current_vehicle_id char(36) references vehicles(id)')
  } else {
    await knex.schema.alterTable('spots', (table) => {
      table.uuid('current_vehicle_id').nullable().references('id').inTable('vehicles')
    })
  }
  await knex.schema.alterTable('spots', (table) => {
    table.index(['current_vehicle_id'], 'spots_current_vehicle_id_index')
  })
}

export async function down(knex: Knex): Promise<void> {
  if (isSqlite(knex)) {
    await knex.raw('drop index spots_current_vehicle_id_index')
    await knex.raw('alter table spots drop column current_vehicle_id')
  } else {
    await knex.schema.alterTable('spots', (table) => {
      table.dropForeign(['current_vehicle_id'])
      table.dropColumn('current_vehicle_id')
    })
  }
  await knex.schema.dropTable('vehicles')
}
