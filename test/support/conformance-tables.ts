import type { Knex } from 'knex'

/** `owners` and `things`: keys, foreign key, unique, check, default and index, by Knex's own builder, so on every engine. */
export async function createConformanceTables(knex: Knex): Promise<void> {
  await knex.schema.createTable('owners', (table) => {
    table.increments('id')
    table.string('name', 40).notNullable()
  })
  await knex.schema.createTable('things', (table) => {
    table.integer('id').notNullable().primary()
    table.string('code', 20).notNullable().unique({ indexName: 'things_code_unique' })
    table.integer('owner_id').unsigned().nullable().references('id').inTable('owners').onDelete('SET NULL').withKeyName('things_owner_fk')
    table.integer('size').notNullable().defaultTo(1)
    table.text('note').nullable()
    table.check('?? > 0', ['size'], 'things_size_positive')
    table.index(['owner_id', 'size'], 'things_owner_size')
  })
  await knex.schema.createView('thing_codes', (view) => {
    view.columns(['code'])
    view.as(knex('things').select('code'))
  })
}

/** One column per kind of value, as Knex declares it on each engine. */
export async function createValuesTable(knex: Knex): Promise<void> {
  await knex.schema.createTable('kinds', (table) => {
    table.integer('id').notNullable().primary()
    table.text('v_text')
    table.integer('v_integer')
    table.bigInteger('v_bigint')
    table.double('v_float')
    table.decimal('v_decimal', 12, 4)
    table.boolean('v_boolean')
    table.datetime('v_timestamp', { precision: 3 })
    table.date('v_date')
    table.time('v_time')
    table.uuid('v_uuid')
    table.binary('v_bytes')
    table.json('v_json')
  })
}
