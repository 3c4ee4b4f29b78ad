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
 * The foreign keys of a table that are made again after a load instead of being checked row by row, which costs more than all the rest of it on PostgreSQL:
 * those to tables that this run fills from empty as well. The transform has found each such parent, no row of others is touched by their absence,
 * and making them again checks every row.
 */
export function findLaterKeys(table: TableInfo, { dialect, prepared, mappings, rowsBefore }: LaterKeysPlace): readonly ForeignKeyInfo[] {
  const { order, tables } = prepared
  const mapping = mappings.find((one) => one.table === table.name)
  if (dialect.foreignKeysBySession !== false || mapping?.conflict !== 'insert' || rowsBefore[table.name] !== 0) return []
  if (order.enforcementOff.includes(table.name)) return []
  return table.foreignKeys.filter(({ columns, references, deferrable, restorable }) => {
    const [column, ...more] = columns
    if (column === undefined || more.length > 0 || deferrable || restorable !== true) return false
    if (references.table === table.name || rowsBefore[references.table] !== 0) return false
    const origin = mapping.columns[column]?.origin
    if (origin?.from !== 'reference' && origin?.from !== 'parent') return false
    const parent = mappings.find(({ name }) => name === referredMapping(origin, mapping, mappings))
    const [key, ...others] = tables.get(references.table)?.primaryKey ?? []
    const taken = origin.column ?? (others.length === 0 ? key : undefined)
    return parent?.table === references.table && taken === references.columns[0]
  })
}
