/**
 * Rough size of a value in memory, in bytes: good enough to keep a batch near its bound. Looks at most at 1,000 members,
 * and scales what it saw up to the length of the lists it did not finish.
 */
export function estimateBytes(value: unknown): number {
  return estimate(value, { left: 1000 }, 0)
}

function estimate(value: unknown, budget: { left: number }, depth: number): number {
  if (typeof value === 'string') return 16 + value.length
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value)) return 32 + value.byteLength
  if (value instanceof ArrayBuffer) return 32 + value.byteLength
  if (depth > 8 || budget.left <= 0) return 64
  if (Array.isArray(value) || value instanceof Set) return estimateList(value, budget, depth)
  if (value instanceof Map) return 2 * estimateList(value.values(), budget, depth, value.size)
  return estimateMembers(value, budget, depth)
}

function estimateMembers(value: object, budget: { left: number }, depth: number): number {
  let bytes = 32
  for (const name in value) {
    budget.left -= 1
    const member = Object.getOwnPropertyDescriptor(value, name)
    bytes += 16 + (member && 'value' in member ? estimate(member.value, budget, depth + 1) : 8)
    if (budget.left <= 0) break
  }
  return bytes
}

function estimateList(list: Iterable<unknown>, budget: { left: number }, depth: number, size?: number): number {
  const length = size ?? (Array.isArray(list) ? list.length : list instanceof Set ? list.size : 0)
  let seen = 0
  let bytes = 0
  for (const member of list) {
    if (budget.left <= 0) break
    budget.left -= 1
    seen += 1
    bytes += estimate(member, budget, depth + 1)
  }
  return 32 + (seen === 0 ? 8 * length : Math.ceil((bytes * length) / seen))
}
