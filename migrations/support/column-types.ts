import type { Knex } from 'knex'

type Table = Knex.CreateTableBuilder

/**
 * A short text compared byte by byte, so that `ab` and `AB` are two values on every engine.
 * MySQL's default collations ignore case and accents; SQLite and PostgreSQL do not.
 */
export function exactText(knex: Knex, table: Table, name: string, length: number): Knex.ColumnBuilder {
  const column = table.string(name, length)
  return isMysql(knex) ? column.collate('utf8mb4_bin') : column
}

/** An instant in UTC with milliseconds: timestamptz(3), DATETIME(3), or ISO 8601 text on SQLite. */
export function instant(table: Table, name: string): Knex.ColumnBuilder {
  return table.datetime(name, { precision: 3 })
}

/**
 * JSON kept as text on every engine. SQLite gives a `json` column NUMERIC affinity, which turns the document `"1.0"` into the number 1,
 * and the servers' json types reorder members or spaces; text reads back as it was written.
 */
export function jsonText(table: Table, name: string): Knex.ColumnBuilder {
  return table.text(name)
}

/** `created_at` and `updated_at`, as the source's records carry them. */
export function recordTimes(table: Table): void {
  instant(table, 'created_at').notNullable()
  instant(table, 'updated_at').notNullable()
}

/** Tells whether the connection speaks SQLite. */
export function isSqlite(knex: Knex): boolean {
  return /sqlite/.test(knex.client.config.client)
}

function isMysql(knex: Knex): boolean {
  return /mysql|maria/.test(knex.client.config.client)
}
