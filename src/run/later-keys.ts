import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Dialect, ForeignKeyInfo, TableInfo } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'

export interface LaterKeysPlace {
  readonly dialect: Dialect
  readonly prepared: PreparedSteps
  readonly mappings: readonly ResolvedMapping[]
  /** Rows of each mapped table before the run. */
  readonly rowsBefore: Readonly<Record<string, number>>
}

/**
 * The foreign keys of a table that are made again after a load instead of being checked row by row, which costs more than all the rest of it on PostgreSQL.
 * Making them again checks every row.
 */
export function findLaterKeys(table: TableInfo, place: LaterKeysPlace): readonly ForeignKeyInfo[] {
  if (place.dialect.foreignKeysBySession !== false) return []
  return findOwnKeys(table, place).filter(({ restorable }) => restorable === true)
}

/** Whether a session that can switch its checks off may load a table so, and leave them to the verification after it. */
export function mayCheckLater(table: TableInfo, place: LaterKeysPlace): boolean {
  if (place.dialect.foreignKeysBySession === false || table.foreignKeys.length === 0) return false
  return findOwnKeys(table, place).length === table.foreignKeys.length
}

/** The foreign keys of a table to tables that this run fills from empty, as it does the table: the transform has found each such parent, and no row of others is concerned. */
function findOwnKeys(table: TableInfo, { prepared, mappings, rowsBefore }: LaterKeysPlace): readonly ForeignKeyInfo[] {
  const { order, tables } = prepared
  const mapping = mappings.find((one) => one.table === table.name)
  if (mapping?.conflict !== 'insert' || rowsBefore[table.name] !== 0 || order.enforcementOff.includes(table.name)) return []
  return table.foreignKeys.filter(({ columns, references, deferrable }) => {
    const [column, ...more] = columns
    if (column === undefined || more.length > 0 || deferrable) return false
    if (references.table === table.name || rowsBefore[references.table] !== 0) return false
    const origin = mapping.columns[column]?.origin
    if (origin?.from !== 'reference' && origin?.from !== 'parent') return false
    const parent = mappings.find(({ name }) => name === referredMapping(origin, mapping, mappings))
    const [key, ...others] = tables.get(references.table)?.primaryKey ?? []
    const taken = origin.column ?? (others.length === 0 ? key : undefined)
    return parent?.table === references.table && taken === references.columns[0]
  })
}
