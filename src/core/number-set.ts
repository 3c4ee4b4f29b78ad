import { toShared } from './shared-slots.ts'

const FIRST_GROUPS = 256
/** Numbers that stand together, a bit each. */
const GROUP = 32
const BYTES_A_GROUP = 12

/**
 * Exact set of safe integers, in groups of 32 that follow one another, in one flat buffer (open addressing, linear probing, at most 70 % full):
 * half a byte a number where they are counted, up to 34 where they stand alone. -0 is 0.
 */
export class NumberSet {
  /** Which group a slot holds: its number, and 1 more from 0 on; 0 where it is free. */
  #groups: Float64Array
  #bits: Uint32Array
  #mask: number
  #used = 0
  #size = 0

  /** `shared`: what `share` of another set gave; such a set is only asked. */
  constructor(shared?: SharedArrayBuffer) {
    const buffer = shared ?? new ArrayBuffer(FIRST_GROUPS * BYTES_A_GROUP)
    const slots = buffer.byteLength / BYTES_A_GROUP
    this.#groups = new Float64Array(buffer, 0, slots)
    this.#bits = new Uint32Array(buffer, 8 * slots, slots)
    this.#mask = slots - 1
  }

  get size(): number {
    return this.#size
  }

  add(value: number): void {
    const group = Math.floor(value / GROUP)
    const place = this.#claim(group < 0 ? group : group + 1)
    const bits = this.#bits[place] ?? 0
    const bit = 1 << (value - group * GROUP)
    if ((bits & bit) !== 0) return
    this.#bits[place] = bits | bit
    this.#size += 1
    if (this.#used > this.#mask * 0.7) this.#grow()
  }

  has(value: number): boolean {
    const group = Math.floor(value / GROUP)
    const bits = this.#bits[this.#probe(group < 0 ? group : group + 1)] ?? 0
    return (bits & (1 << (value - group * GROUP))) !== 0
  }

  /** The slots where other threads can ask them; from then on this set is only asked, too. */
  share(): SharedArrayBuffer {
    const slots = this.#mask + 1
    const all = toShared(new Uint32Array(this.#groups.buffer), (shared) => new Uint32Array(shared))
    this.#groups = new Float64Array(all.buffer, 0, slots)
    this.#bits = new Uint32Array(all.buffer, 8 * slots, slots)
    return all.buffer as SharedArrayBuffer
  }

  /** Slot of a group, which is its own from now on. */
  #claim(name: number): number {
    const place = this.#probe(name)
    if (this.#groups[place] === name) return place
    this.#groups[place] = name
    this.#used += 1
    return place
  }

  /** Slot of a group, or the free one where it would stand. */
  #probe(name: number): number {
    const groups = this.#groups
    const mixed = Math.imul((name | 0) ^ Math.floor(name / 4_294_967_296), 0x9e3779b1)
    let place = (mixed ^ (mixed >>> 15)) & this.#mask
    for (;;) {
      const found = groups[place]
      if (found === name || found === 0) return place
      place = (place + 1) & this.#mask
    }
  }

  #grow(): void {
    const before = { groups: this.#groups, bits: this.#bits }
    const slots = 2 * (this.#mask + 1)
    const buffer = new ArrayBuffer(slots * BYTES_A_GROUP)
    this.#groups = new Float64Array(buffer, 0, slots)
    this.#bits = new Uint32Array(buffer, 8 * slots, slots)
    this.#mask = slots - 1
    for (const [at, name] of before.groups.entries()) {
      if (name === 0) continue
      const place = this.#probe(name)
      this.#groups[place] = name
      this.#bits[place] = before.bits[at] ?? 0
    }
  }
}
