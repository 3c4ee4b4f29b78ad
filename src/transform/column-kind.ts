import type { ValueKind } from '../core/row.ts'
import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import type { TableInfo } from '../target/target.ts'

export interface ColumnPlace {
  readonly transfer: ResolvedTransfer
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly mapping: ResolvedMapping
  readonly column: string
}

/** The kind of a mapped column: as declared, as the parent's column has it, or as the column's own type says (kept keys, lookups). */
export function columnKind(place: ColumnPlace): ValueKind {
  return declaredKind(place, 0) ?? kindOfType(typeOf(place))
}

/** The kind that fits a declared SQL type best. */
export function kindOfType(type: string): ValueKind {
  if (/^bool/.test(type)) return 'boolean'
  if (/int|serial/.test(type) && !/interval|point/.test(type)) return 'bigint'
  if (/uuid|uniqueidentifier/.test(type)) return 'uuid'
  if (/numeric|decimal/.test(type)) return 'decimal'
  if (/real|double|float/.test(type)) return 'float'
  if (/timestamp|datetime/.test(type)) return 'timestamp'
  if (/^date/.test(type)) return 'date'
  if (/^time/.test(type)) return 'time'
  if (/blob|bytea|binary/.test(type)) return 'bytes'
  if (/json/.test(type)) return 'json'
  return 'text'
}

/** The parent's mapping and column a reference or parent() takes its value from; undefined for other origins. */
export function parentPlace({ transfer, tables, mapping, column }: ColumnPlace): ColumnPlace | undefined {
  const origin = mapping.columns[column]?.origin
  if (origin?.from !== 'reference' && origin?.from !== 'parent') return undefined
  const name = referredMapping(origin, mapping, transfer.mappings)
  const parent = transfer.mappings.find((candidate) => candidate.name === name)
  if (parent === undefined) return undefined
  const primaryKey = tables.get(parent.table)?.primaryKey ?? []
  const taken = origin.column ?? (primaryKey.length === 1 ? primaryKey[0] : undefined)
  return taken === undefined ? undefined : { transfer, tables, mapping: parent, column: taken }
}

function declaredKind(place: ColumnPlace, depth: number): ValueKind | undefined {
  const spec = place.mapping.columns[place.column]
  if (spec?.convert?.scaled === true) return 'bigint'
  if (spec?.convert !== undefined) return spec.convert.kind
  const parent = parentPlace(place)
  // A chain of parents ends; a ring of columns that take their value from one another has no kind of its own.
  if (parent === undefined || depth > 32) return undefined
  return declaredKind(parent, depth + 1) ?? kindOfType(typeOf(parent))
}

function typeOf({ tables, mapping, column }: ColumnPlace): string {
  return tables.get(mapping.table)?.columns.find((candidate) => candidate.name === column)?.type ?? ''
}
