/** What a `RowSum` is made of, as numbers. */
export interface RowSumParts {
  readonly count: number
  readonly sumLow: number
  readonly sumHigh: number
  readonly xorLow: number
  readonly xorHigh: number
}

/**
 * Order-independent sum of 64-bit row hashes: their count, their sum and their sum of halves crossed, each exact.
 * Two different sets of rows share all of it about once in 2^64; two rows of one kind do not cancel each other, as with XOR alone.
 */
export class RowSum {
  #count = 0
  readonly #wide = new BigUint64Array(1)
  /** The hash's halves: 32-bit numbers are added many times faster than bigints. */
  readonly #halves = new Uint32Array(this.#wide.buffer)
  #sumLow = 0
  #sumHigh = 0
  #xorLow = 0
  #xorHigh = 0

  add(hash: bigint): void {
    this.#wide[0] = hash
    const first = this.#halves[0] ?? 0
    const second = this.#halves[1] ?? 0
    this.#count += 1
    this.#sumLow += first
    this.#sumHigh = (this.#sumHigh + second + (this.#sumLow > 0xffffffff ? 1 : 0)) >>> 0
    this.#sumLow >>>= 0
    this.#xorLow ^= second
    this.#xorHigh ^= first
  }

  /** Adds the rows of another sum, as `parts` gave it. */
  merge(parts: RowSumParts): void {
    this.#count += parts.count
    this.#sumLow += parts.sumLow
    this.#sumHigh = (this.#sumHigh + parts.sumHigh + (this.#sumLow > 0xffffffff ? 1 : 0)) >>> 0
    this.#sumLow >>>= 0
    this.#xorLow ^= parts.xorLow
    this.#xorHigh ^= parts.xorHigh
  }

  /** All of it, for another thread. */
  parts(): RowSumParts {
    return { count: this.#count, sumLow: this.#sumLow, sumHigh: this.#sumHigh, xorLow: this.#xorLow, xorHigh: this.#xorHigh }
  }

  get count(): number {
    return this.#count
  }

  equals(other: RowSum): boolean {
    return (
      this.#count === other.#count &&
      this.#sumLow === other.#sumLow &&
      this.#sumHigh === other.#sumHigh &&
      this.#xorLow === other.#xorLow &&
      this.#xorHigh === other.#xorHigh
    )
  }
}
