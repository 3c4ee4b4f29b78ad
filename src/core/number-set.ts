import { toShared } from './shared-slots.ts'

/** Slot 0 tells whether 0 is in the set; the others hold numbers, 0 where free. */
const FIRST_SLOTS = 1024

/** Exact set of safe integers in one flat typed array (open addressing, linear probing): 8 bytes a slot, at most 70 % full. -0 is 0. */
export class NumberSet {
  #slots: Float64Array
  #mask: number
  #size = 0

  /** `shared`: what `share` of another set gave; such a set is only asked. */
  constructor(shared?: SharedArrayBuffer) {
    this.#slots = shared === undefined ? new Float64Array(1 + FIRST_SLOTS) : new Float64Array(shared)
    this.#mask = this.#slots.length - 2
  }

  get size(): number {
    return this.#size
  }

  add(value: number): void {
    const place = value === 0 ? 0 : this.#probe(value)
    if (this.#slots[place] !== 0) return
    this.#slots[place] = value === 0 ? 1 : value
    this.#size += 1
    if (this.#size > this.#mask * 0.7) this.#grow()
  }

  has(value: number): boolean {
    return this.#slots[value === 0 ? 0 : this.#probe(value)] !== 0
  }

  /** The slots where other threads can ask them; from then on this set is only asked, too. */
  share(): SharedArrayBuffer {
    this.#slots = toShared(this.#slots, (shared) => new Float64Array(shared))
    return this.#slots.buffer as SharedArrayBuffer
  }

  /** Place of the number, or of the free slot where it would stand. */
  #probe(value: number): number {
    const slots = this.#slots
    const low = value | 0
    const mixed = Math.imul(low ^ Math.floor(value / 4_294_967_296), 0x9e3779b1)
    let place = (mixed ^ (mixed >>> 15)) & this.#mask
    for (;;) {
      const found = slots[1 + place]
      if (found === value || found === 0) return 1 + place
      place = (place + 1) & this.#mask
    }
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Float64Array(1 + 2 * (this.#mask + 1))
    this.#slots[0] = before[0] ?? 0
    this.#mask = this.#slots.length - 2
    for (const value of before.subarray(1)) if (value !== 0) this.#slots[this.#probe(value)] = value
  }
}
