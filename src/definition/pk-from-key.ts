import type { TableInfo } from '../target/target.ts'
import type { ColumnSpec, ResolvedMapping } from './transfer.ts'

/** Tells whether one column's value follows from the source key alone. */
export function isFromKey(spec: ColumnSpec): boolean {
  const { origin } = spec
  return origin.from === 'key' || origin.from === 'constant' || (origin.from === 'id' && origin.strategy === 'uuid')
}

/**
 * Tells whether a mapping's primary key follows from the source key alone. Not where it takes the record (a field, an allocated integer)
 * or the database (skip and upsert may find a row under another primary key).
 */
export function isPkFromKey(mapping: ResolvedMapping, table: TableInfo): boolean {
  if (mapping.conflict !== 'insert' || table.primaryKey.length === 0) return false
  return table.primaryKey.every((column) => {
    const spec = mapping.columns[column]
    return spec !== undefined && isFromKey(spec)
  })
}
