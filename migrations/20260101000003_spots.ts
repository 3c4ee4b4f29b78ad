import type { Knex } from 'knex'
import { exactText, jsonText, recordTimes } from './support/column-types.ts'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('spots', (table) => {
    table.uuid('id').notNullable().primary()
    exactText(knex, table, 'code', 64).notNullable().unique()
    table.uuid('floor_id').notNullable().references('id').inTable('floors')
    table.integer('bay').notNullable()
    table.integer('spot_number').notNullable()
    table.integer('spot_type_id').notNullable().references('id').inTable('spot_types')
    exactText(knex, table, 'status', 16).notNullable()
    jsonText(table, 'extra').nullable()
    recordTimes(table)
    table.index(['floor_id'], 'spots_floor_id_index')
    table.index(['spot_type_id'], 'spots_spot_type_id_index')
    table.check('?? > 0', ['bay'], 'spots_bay_positive')
    table.check('?? > 0', ['spot_number'], 'spots_spot_number_positive')
    table.check("?? in ('AVAILABLE', 'OCCUPIED', 'MAINTENANCE')", ['status'], 'spots_status_known')
  })
  await knex.schema.createTable('spot_features', (table) => {
    table.uuid('spot_id').notNullable().references('id').inTable('spots')
    table.integer('position').notNullable()
    exactText(knex, table, 'feature', 64).notNullable()
    table.primary(['spot_id', 'position'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('spot_features')
  await knex.schema.dropTable('spots')
}
