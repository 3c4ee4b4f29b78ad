import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'

/** Columns of a mapping's table that other mappings take by name (`reference(..., { column })`, `parent({ column })`). */
export function askedColumns(transfer: ResolvedTransfer, name: string): readonly string[] {
  const asked = new Set<string>()
  for (const mapping of transfer.mappings) {
    for (const { origin } of Object.values(mapping.columns)) {
      if (origin.from !== 'reference' && origin.from !== 'parent') continue
      const parent = referredMapping(origin, mapping, transfer.mappings)
      if (parent === name && origin.column !== undefined) asked.add(origin.column)
    }
  }
  return [...asked]
}
