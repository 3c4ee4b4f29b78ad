/**
 * The groups of nodes that reach one another (strongly connected components by reachability), each in rising order;
 * a node alone only where it links to itself. `count` nodes, numbered from 0: a definition has tens of them.
 */
export function findCycles(
  count: number,
  links: readonly { readonly from: number; readonly to: number }[],
): readonly (readonly number[])[] {
  const next = Array.from({ length: count }, () => new Set<number>())
  for (const link of links) next[link.from]?.add(link.to)
  const reached = next.map((_, start) => reach(start, next))
  const cycles: number[][] = []
  const grouped = new Set<number>()
  for (let node = 0; node < count; node += 1) {
    if (grouped.has(node) || !reached[node]?.has(node)) continue
    const cycle = [...(reached[node] ?? [])].filter((other) => reached[other]?.has(node)).sort((a, b) => a - b)
    for (const member of cycle) grouped.add(member)
    cycles.push(cycle)
  }
  return cycles
}

/** Every node that can be reached in one link or more. */
function reach(start: number, next: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  const seen = new Set<number>()
  const open = [start]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const other of next[node] ?? []) {
      if (seen.has(other)) continue
      seen.add(other)
      open.push(other)
    }
  }
  return seen
}
