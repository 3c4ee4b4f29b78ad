import { charCodeAt } from '../core/char-code-at.ts'

const FNV_PRIME = 0x01000193

/**
 * A set of texts that keeps 64 bits of each: some 12 bytes a text where the number is known before. Two different texts answer as one
 * with odds of about size / 2^64, so what hangs on it is asked of the database again before anything is deleted.
 */
export class KeySet {
  #slots: Uint32Array
  #capacity: number
  #size = 0

  constructor(expected = 0) {
    this.#capacity = Math.max(16, Math.ceil(expected / 0.7))
    this.#slots = new Uint32Array(this.#capacity * 2)
  }

  get size(): number {
    return this.#size
  }

  add(text: string): void {
    if (this.#size >= this.#capacity * 0.8) this.#grow()
    if (this.#put(lane(text, 0x811c9dc5) || 1, lane(text, 0x2f0b4c47))) this.#size += 1
  }

  has(text: string): boolean {
    const high = lane(text, 0x811c9dc5) || 1
    const low = lane(text, 0x2f0b4c47)
    for (let at = low % this.#capacity; ; at = (at + 1) % this.#capacity) {
      // A high part of 0 marks a free slot; no text has one.
      if (this.#slots[at * 2] === 0) return false
      if (this.#slots[at * 2] === high && this.#slots[at * 2 + 1] === low) return true
    }
  }

  #put(high: number, low: number): boolean {
    let at = low % this.#capacity
    while (this.#slots[at * 2] !== 0) {
      if (this.#slots[at * 2] === high && this.#slots[at * 2 + 1] === low) return false
      at = (at + 1) % this.#capacity
    }
    this.#slots[at * 2] = high
    this.#slots[at * 2 + 1] = low
    return true
  }

  #grow(): void {
    const before = this.#slots
    this.#capacity *= 2
    this.#slots = new Uint32Array(this.#capacity * 2)
    for (let at = 0; at < before.length; at += 2) {
      const high = before[at] ?? 0
      if (high !== 0) this.#put(high, before[at + 1] ?? 0)
    }
  }
}

/** FNV-1a over the UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/), finished as MurmurHash3 does. */
function lane(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ charCodeAt(text, i), FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
