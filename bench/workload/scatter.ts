/** Everything in a record follows from its number, so that two machines make the same bytes. */
const START = Date.UTC(2025, 0, 1)

/** Spreads a number over 32 bits (the finalizer of MurmurHash3, https://github.com/aappleby/smhasher). */
export function scatter(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The member at a place, counted round and round. */
export function pick<T>(from: readonly [T, ...T[]], at: number): T {
  return from[at % from.length] ?? from[0]
}

/** ISO 8601 text of an instant, in ms since the beginning of 2025. */
export function toInstant(ms: number): string {
  return new Date(START + ms).toISOString()
}
