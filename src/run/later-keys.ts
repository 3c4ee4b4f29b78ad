import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Dialect, ForeignKeyInfo, TableInfo } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { referredParent } from './referred-parent.ts'

export interface LaterKeysPlace {
  readonly dialect: Dialect
  readonly prepared: PreparedSteps
  readonly mappings: readonly ResolvedMapping[]
  /** Rows of each mapped table before the run. */
  readonly rowsBefore: Readonly<Record<string, number>>
}

/**
 * The foreign keys of a table that are made again after a load instead of being checked row by row, which costs more than all the rest of it on PostgreSQL;
 * on MySQL they hold indexes besides, whose keys come in any order. Making them again checks every row.
 */
export function findLaterKeys(table: TableInfo, place: LaterKeysPlace): readonly ForeignKeyInfo[] {
  if (place.dialect.withdrawal === undefined) return []
  return findOwnKeys(table, place).filter(({ restorable }) => restorable === true)
}

/** Whether a session that can switch its checks off may load a table so, and leave the keys that cannot be taken away to the verification after it. */
export function mayCheckLater(table: TableInfo, place: LaterKeysPlace): boolean {
  if (place.dialect.foreignKeysBySession === false) return false
  const own = findOwnKeys(table, place)
  return own.length === table.foreignKeys.length && own.length > findLaterKeys(table, place).length
}

/** The foreign keys of a table to tables that this run fills from empty, as it does the table: the transform has found each such parent, and no row of others is concerned. */
function findOwnKeys(table: TableInfo, { prepared, mappings, rowsBefore }: LaterKeysPlace): readonly ForeignKeyInfo[] {
  const { order, tables } = prepared
  const mapping = mappings.find((one) => one.table === table.name)
  if (mapping?.conflict !== 'insert' || rowsBefore[table.name] !== 0 || order.enforcementOff.includes(table.name)) return []
  return table.foreignKeys.filter((link) => {
    const parent = link.references.table
    if (link.deferrable || parent === table.name || rowsBefore[parent] !== 0) return false
    return referredParent(link, mapping, { mappings, tables }) !== undefined
  })
}
