import type { ResolvedMapping } from './transfer.ts'

/** The mapping that `parent()` of `mapping` means: the same collection, one `each` level less. Undefined where there is none or several. */
export function findParent(mapping: ResolvedMapping, mappings: readonly ResolvedMapping[]): ResolvedMapping | undefined {
  if (mapping.each.length === 0) return undefined
  const above = mapping.each.slice(0, -1).join('\0')
  const found = mappings.filter((other) => other.from === mapping.from && other.each.join('\0') === above)
  return found.length === 1 ? found[0] : undefined
}
