import type { Knex } from 'knex'
import { exactText } from './support/column-types.ts'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('spot_types', (table) => {
    table.integer('id').primary()
    exactText(knex, table, 'code', 32).notNullable().unique()
    table.integer('min_size').notNullable()
    table.integer('max_size').notNullable()
    table.check('?? > ??', ['max_size', 'min_size'], 'spot_types_sizes_ordered')
  })
  await knex.schema.createTable('rate_types', (table) => {
    table.integer('id').primary()
    exactText(knex, table, 'code', 32).notNullable().unique()
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('rate_types')
  await knex.schema.dropTable('spot_types')
}
