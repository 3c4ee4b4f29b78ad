import type { Knex } from 'knex'
import type { ColumnShape, TableShape, Workload } from './workload.ts'

/** Makes the tables of a workload, empty, with their keys and indexes. */
export async function createTables(knex: Knex, workload: Workload): Promise<void> {
  if (workload.createTables !== undefined) return workload.createTables(knex)
  for (const shape of workload.tables) await createTable(knex, shape)
}

function createTable(knex: Knex, { name, columns, primaryKey, indexes = [] }: TableShape): Promise<void> {
  return knex.schema.createTable(name, (table) => {
    for (const shape of columns) {
      const column = createColumn(knex, table, shape)
      if (shape.nullable === true) column.nullable()
      else column.notNullable()
      if (shape.references !== undefined) column.references(shape.references)
    }
    table.primary([...primaryKey])
    for (const index of indexes) table.index([...index.columns], index.name)
  })
}

function createColumn(knex: Knex, table: Knex.CreateTableBuilder, { name, type, length }: ColumnShape): Knex.ColumnBuilder {
  if (type === 'string') return table.string(name, length ?? 255)
  if (type === 'time') return table.specificType(name, timeType(knex))
  return table[type](name)
}

function timeType({ client }: Knex): string {
  const { client: name } = client.config
  if (name === 'better-sqlite3') return 'text'
  return name === 'pg' ? 'timestamptz(3)' : 'datetime(3)'
}
