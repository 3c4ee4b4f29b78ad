import type { ColumnOrigin, ResolvedMapping } from './transfer.ts'

/** The mapping that `parent()` of `mapping` means: the same collection, one `each` level less. Undefined where there is none or several. */
export function findParent(mapping: ResolvedMapping, mappings: readonly ResolvedMapping[]): ResolvedMapping | undefined {
  if (mapping.each.length === 0) return undefined
  const above = mapping.each.slice(0, -1).join('\0')
  const found = mappings.filter((other) => other.from === mapping.from && other.each.join('\0') === above)
  return found.length === 1 ? found[0] : undefined
}

/** Name of the mapping whose rows a column of `mapping` refers to, by `reference()` or by `parent()`. */
export function referredMapping(
  origin: ColumnOrigin | undefined,
  mapping: ResolvedMapping,
  mappings: readonly ResolvedMapping[],
): string | undefined {
  if (origin?.from === 'reference') return origin.mapping
  return origin?.from === 'parent' ? (origin.mapping ?? findParent(mapping, mappings)?.name) : undefined
}
