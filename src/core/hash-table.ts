import { toShared } from './shared-slots.ts'

/**
 * Set or map of 64-bit hashes in flat typed arrays (open addressing, linear probing): 8 bytes a slot, 16 with values, at most 70 % full.
 * Two different things share a hash once in about 2^64 / n^2 sets of n, so a hash stands for the thing itself.
 */
export class HashTable {
  #slots: Uint32Array = new Uint32Array(2 * 1024)
  #values: Float64Array | undefined
  #mask = 1023
  #size = 0
  readonly #wide = new BigUint64Array(1)
  readonly #halves = new Uint32Array(this.#wide.buffer)

  /** `values`: keep a number (a safe integer) beside each hash. `shared`: what `share` of another table gave; such a table is only asked. */
  constructor(options: { readonly values?: boolean; readonly shared?: SharedArrayBuffer } = {}) {
    this.#values = options.values === true ? new Float64Array(1024) : undefined
    if (options.shared === undefined) return
    this.#slots = new Uint32Array(options.shared)
    this.#mask = this.#slots.length / 2 - 1
  }

  /** The hashes, without values, where other threads can ask them; from then on this table is only asked, too. */
  share(): SharedArrayBuffer {
    this.#slots = toShared(this.#slots, (shared) => new Uint32Array(shared))
    return this.#slots.buffer as SharedArrayBuffer
  }

  get size(): number {
    return this.#size
  }

  /** Adds a hash; false, and the old value kept, when it is there already. */
  add(hash: bigint, value = 0): boolean {
    const place = this.#find(hash)
    const low = this.#halves[0] ?? 0
    const high = this.#halves[1] ?? 0
    if (this.#isTaken(place)) return false
    this.#slots[2 * place] = low
    this.#slots[2 * place + 1] = high
    if (this.#values !== undefined) this.#values[place] = value
    this.#size += 1
    if (this.#size > this.#mask * 0.7) this.#grow()
    return true
  }

  has(hash: bigint): boolean {
    return this.#isTaken(this.#find(hash))
  }

  /** The number kept beside a hash; undefined for an unknown one. */
  get(hash: bigint): number | undefined {
    const place = this.#find(hash)
    return this.#isTaken(place) ? (this.#values?.[place] ?? 0) : undefined
  }

  #isTaken(place: number): boolean {
    return this.#slots[2 * place] !== 0 || this.#slots[2 * place + 1] !== 0
  }

  /** The slot of a hash, or the free one where it would go. The hash 0 marks free slots, so it counts as 1. */
  #find(hash: bigint): number {
    this.#wide[0] = hash === 0n ? 1n : hash
    const low = this.#halves[0] ?? 0
    const high = this.#halves[1] ?? 0
    return this.#probe(low, high)
  }

  #probe(low: number, high: number): number {
    const slots = this.#slots
    let place = (low ^ (high >>> 7)) & this.#mask
    for (;;) {
      const a = slots[2 * place]
      const b = slots[2 * place + 1]
      if ((a === low && b === high) || (a === 0 && b === 0)) return place
      place = (place + 1) & this.#mask
    }
  }

  #grow(): void {
    const slots = this.#slots
    const values = this.#values
    const count = 2 * (this.#mask + 1)
    this.#slots = new Uint32Array(2 * count)
    this.#values = values === undefined ? undefined : new Float64Array(count)
    this.#mask = count - 1
    for (let place = 0; 2 * place < slots.length; place += 1) {
      const low = slots[2 * place] ?? 0
      const high = slots[2 * place + 1] ?? 0
      if (low === 0 && high === 0) continue
      const next = this.#probe(low, high)
      this.#slots[2 * next] = low
      this.#slots[2 * next + 1] = high
      if (this.#values !== undefined) this.#values[next] = values?.[place] ?? 0
    }
  }
}
