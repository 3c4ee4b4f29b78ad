import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { ForeignKeyInfo, TableInfo } from '../target/target.ts'

/** The mapping from which a `reference()` or `parent()` fills just the column that a foreign key checks; undefined where the key is filled otherwise. */
export function referredParent(
  { columns, references }: ForeignKeyInfo,
  mapping: ResolvedMapping,
  { mappings, tables }: { readonly mappings: readonly ResolvedMapping[]; readonly tables: ReadonlyMap<string, TableInfo> },
): string | undefined {
  const [column, ...more] = columns
  const origin = column === undefined ? undefined : mapping.columns[column]?.origin
  if (more.length > 0 || (origin?.from !== 'reference' && origin?.from !== 'parent')) return undefined
  const parent = mappings.find(({ name }) => name === referredMapping(origin, mapping, mappings))
  const [key, ...others] = tables.get(references.table)?.primaryKey ?? []
  const taken = origin.column ?? (others.length === 0 ? key : undefined)
  return parent?.table === references.table && taken === references.columns[0] ? parent.name : undefined
}
