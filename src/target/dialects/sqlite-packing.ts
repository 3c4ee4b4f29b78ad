import { closeSync, openSync, writevSync } from 'node:fs'
import type { ColumnInfo, Dialect, PackedRows, RowPacking } from '../target.ts'
import { readSqliteTable } from './sqlite-introspection.ts'
import { SqliteFile } from './sqlite-pages.ts'
import type { PrepareStatement } from './sqlite-statements.ts'

/** Packed rows are a database of their own, which the session attaches: the engine copies rows faster than values can be bound. */
export const sqlitePacking: RowPacking = Object.freeze<RowPacking>({
  async readPlan(session, table, columns) {
    const found = (await readSqliteTable(session, table))?.columns ?? []
    return columns.map((name) => isWholeColumn(found.find((column) => column.name === name)))
  },
  open({ plan, columns, file, spare = [] }) {
    const rows = new SqliteFile(columns.length, { whole: plan as readonly boolean[], spare })
    return {
      add(row) {
        rows.add(row)
        return true
      },
      canonicalRecord: () => rows.canonicalRecord(),
      finish() {
        rows.finish((bytes) => writeFile(file, bytes))
        return { count: rows.count, file }
      },
    }
  },
})

/** Affinities that make an integer of a float without a fraction (https://www.sqlite.org/datatype3.html#type_affinity). */
function isWholeColumn(column: ColumnInfo | undefined): boolean {
  const affinity = column?.storage?.affinity
  return affinity === 'integer' || affinity === 'numeric'
}

function writeFile(path: string, bytes: readonly Buffer[]): void {
  const handle = openSync(path, 'w', 0o600)
  try {
    writevSync(handle, bytes)
  } finally {
    closeSync(handle)
  }
}

/** Makes the file of packed rows readable; it stays so until `detachPacked`. */
export function attachPacked(prepare: PrepareStatement, packed: PackedRows): void {
  prepare('ATTACH ? AS ferry_packed').run(packed.file)
}

/** Copies the attached rows in their order, inside the caller's transaction. */
export function insertAttached(prepare: PrepareStatement, dialect: Dialect, insert: PackedInsert): void {
  const { table, columns, packed } = insert
  const names = columns.map(dialect.quote).join(', ')
  const values = columns.map((_, at) => `c${at}`).join(', ')
  const { changes } = prepare(
    `INSERT INTO main.${dialect.quote(table)} (${names}) SELECT ${values} FROM ferry_packed.rows ORDER BY rowid`,
  ).run()
  if (changes !== packed.count) throw new RangeError(`${changes} of ${packed.count} packed rows were copied`)
}

export interface PackedInsert {
  readonly table: string
  readonly columns: readonly string[]
  readonly packed: PackedRows
}

/** Lets go of the file; outside a transaction. */
export function detachPacked(prepare: PrepareStatement): void {
  prepare('DETACH ferry_packed').run()
}
