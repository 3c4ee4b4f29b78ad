import type { Knex } from 'knex'
import { exactText, jsonText, recordTimes } from './support/column-types.ts'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('garages', (table) => {
    table.uuid('id').notNullable().primary()
    exactText(knex, table, 'code', 64).notNullable().unique()
    table.string('name', 200).notNullable()
    jsonText(table, 'rates').notNullable()
    jsonText(table, 'spot_sizes').notNullable()
    recordTimes(table)
  })
  await knex.schema.createTable('floors', (table) => {
    table.uuid('id').notNullable().primary()
    table.uuid('garage_id').notNullable().references('id').inTable('garages')
    table.integer('number').notNullable()
    table.integer('bays').notNullable()
    table.integer('spots_per_bay').notNullable()
    table.unique(['garage_id', 'number'])
    table.check('?? > 0', ['bays'], 'floors_bays_positive')
    table.check('?? > 0', ['spots_per_bay'], 'floors_spots_per_bay_positive')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('floors')
  await knex.schema.dropTable('garages')
}
