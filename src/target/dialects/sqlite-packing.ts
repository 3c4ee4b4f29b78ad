import { closeSync, openSync, writevSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { PackedRows, RowPacking } from '../row-packing.ts'
import type { ColumnInfo, Dialect } from '../target.ts'
import { SqliteFile } from './sqlite-file.ts'
import { readSqliteTable } from './sqlite-introspection.ts'
import type { PrepareStatement } from './sqlite-statements.ts'
import { declareTwin, readColumnNames, rulesOf } from './sqlite-twin.ts'

interface PackPlan {
  readonly rules: readonly number[]
  /** As `SqliteFileOptions.twin`. */
  readonly twin: string | undefined
}

/** Packed rows are a database of their own, which the session attaches: the engine copies rows faster than values can be bound. */
export const sqlitePacking: RowPacking = Object.freeze<RowPacking>({
  async readPlan(session, name, columns): Promise<PackPlan> {
    const table = await readSqliteTable(session, name)
    const find = (column: string): ColumnInfo | undefined => table?.columns.find((info) => info.name === column)
    return { rules: columns.map((column) => rulesOf(find(column))), twin: table && (await declareTwin(session, table, columns)) }
  },
  open({ plan, columns, file, spare = [] }) {
    const { rules, twin } = plan as PackPlan
    const rows = new SqliteFile(columns.length, { rules, spare, ...(twin === undefined ? {} : { twin }) })
    return {
      add(row) {
        rows.add(row)
        return true
      },
      canonicalRecord: () => rows.canonicalRecord(),
      finish() {
        rows.finish((bytes) => writeFile(file, bytes))
        return { count: rows.count, twins: rows.twins, file }
      },
    }
  },
})

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

/**
 * Copies the attached rows, inside the caller's transaction: those of the twin first. `SELECT *` into a table of the same columns lets SQLite take records as they
 * are, where it finds that it may: no trigger, no index, no foreign key that it is to check (https://sqlite.org/src/file/src/insert.c, xferOptimization).
 */
export function insertAttached(prepare: PrepareStatement, dialect: Dialect, { table, columns, packed }: PackedInsert): void {
  const { count, twins = 0 } = packed
  const into = `INSERT INTO main.${dialect.quote(table)}`
  const named = `${into} (${columns.map(dialect.quote).join(', ')})`
  if (twins > 0) {
    // Somebody may have made the table anew since the plan was read.
    const isSame = isDeepStrictEqual(readColumnNames(prepare, table), columns)
    copyRows(prepare, `${isSame ? into : named} SELECT * FROM ferry_packed.twin`, twins)
  }
  const values = columns.map((_, at) => `c${at}`).join(', ')
  if (count > twins) copyRows(prepare, `${named} SELECT ${values} FROM ferry_packed.rows ORDER BY rowid`, count - twins)
}

function copyRows(prepare: PrepareStatement, sql: string, count: number): void {
  const { changes } = prepare(sql).run()
  if (changes !== count) throw new RangeError(`${changes} of ${count} packed rows were copied`)
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
