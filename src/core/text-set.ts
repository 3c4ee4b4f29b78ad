import { charCodeAt } from './char-code-at.ts'
import { toShared } from './shared-slots.ts'

/**
 * Set of texts by 64 bits of their hash in flat typed arrays (open addressing, linear probing): 8 bytes a slot, at most 70 % full.
 * Two different texts share a hash once in about 2^64 / n^2 sets of n. The hash is made for speed, not against texts chosen to collide:
 * use it where something else (a foreign key) has the last word.
 */
export class TextSet {
  #slots: Uint32Array
  #mask: number
  #size = 0
  #low = 0
  #high = 0

  /** `shared`: what `share` of another set gave; such a set is only asked. */
  constructor(shared?: SharedArrayBuffer) {
    this.#slots = shared === undefined ? new Uint32Array(2 * 1024) : new Uint32Array(shared)
    this.#mask = this.#slots.length / 2 - 1
  }

  get size(): number {
    return this.#size
  }

  /** The slots where other threads can ask them; from then on this set is only asked, too. */
  share(): SharedArrayBuffer {
    this.#slots = toShared(this.#slots, (shared) => new Uint32Array(shared))
    return this.#slots.buffer as SharedArrayBuffer
  }

  add(text: string): void {
    this.#hash(text)
    const place = this.#probe(this.#low, this.#high)
    if (this.#slots[2 * place] !== 0 || this.#slots[2 * place + 1] !== 0) return
    this.#slots[2 * place] = this.#low
    this.#slots[2 * place + 1] = this.#high
    this.#size += 1
    if (this.#size > this.#mask * 0.7) this.#grow()
  }

  has(text: string): boolean {
    this.#hash(text)
    const place = this.#probe(this.#low, this.#high)
    return this.#slots[2 * place] !== 0 || this.#slots[2 * place + 1] !== 0
  }

  /** The two lanes of cyrb53 (https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js), kept whole. */
  #hash(text: string): void {
    let one = 0xdeadbeef
    let two = 0x41c6ce57
    for (let at = 0; at < text.length; at += 1) {
      const unit = charCodeAt(text, at)
      one = Math.imul(one ^ unit, 2654435761)
      two = Math.imul(two ^ unit, 1597334677)
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
    two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
    // Both zero marks a free slot.
    this.#low = one === 0 && two === 0 ? 1 : one >>> 0
    this.#high = two >>> 0
  }

  #probe(low: number, high: number): number {
    const slots = this.#slots
    let place = low & this.#mask
    for (;;) {
      const a = slots[2 * place]
      const b = slots[2 * place + 1]
      if ((a === low && b === high) || (a === 0 && b === 0)) return place
      place = (place + 1) & this.#mask
    }
  }

  #grow(): void {
    const slots = this.#slots
    const count = 2 * (this.#mask + 1)
    this.#slots = new Uint32Array(2 * count)
    this.#mask = count - 1
    for (let at = 0; at < slots.length; at += 2) {
      const low = slots[at] ?? 0
      const high = slots[at + 1] ?? 0
      if (low === 0 && high === 0) continue
      const place = this.#probe(low, high)
      this.#slots[2 * place] = low
      this.#slots[2 * place + 1] = high
    }
  }
}
