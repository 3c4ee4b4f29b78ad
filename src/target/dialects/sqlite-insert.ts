import type { Row } from '../../core/row.ts'
import type { Dialect } from '../target.ts'
import type { PrepareStatement } from './sqlite-statements.ts'

export interface SqliteInsert {
  readonly prepare: PrepareStatement
  readonly dialect: Dialect
  readonly table: string
  readonly columns: readonly string[]
}

/** Bound values of one statement where a table is narrow; one row a statement took a fifth longer, more rows won nothing. */
const BINDINGS_PER_STATEMENT = 500

/** Inserts rows by prepared multi-row statements; the rest by a one-row statement. Values are bound as they are: codecs chose the type. */
export function insertSqliteRows(insert: SqliteInsert, rows: readonly Row[]): void {
  const { prepare, dialect, table, columns } = insert
  const width = columns.length
  const perStatement = Math.max(1, Math.floor(Math.min(BINDINGS_PER_STATEMENT, dialect.maxBindings) / Math.max(1, width)))
  const single = dialect.insertSql(table, columns)
  let at = 0
  if (perStatement > 1 && rows.length >= perStatement) {
    const tuple = `(${columns.map(() => '?').join(', ')})`
    const many = prepare(`${single}${`, ${tuple}`.repeat(perStatement - 1)}`)
    const values: unknown[] = new Array(width * perStatement)
    for (; at + perStatement <= rows.length; at += perStatement) {
      fill(values, rows, at, perStatement)
      many.run(values)
    }
  }
  if (at === rows.length) return
  const one = prepare(single)
  const values: unknown[] = new Array(width)
  for (; at < rows.length; at += 1) {
    fill(values, rows, at, 1)
    one.run(values)
  }
}

function fill(values: unknown[], rows: readonly Row[], from: number, count: number): void {
  let slot = 0
  for (let at = from; at < from + count; at += 1) {
    const row = rows[at] ?? []
    for (let column = 0; column < row.length; column += 1) {
      const value = row[column]
      values[slot] = typeof value === 'boolean' ? (value ? 1 : 0) : value
      slot += 1
    }
  }
}
