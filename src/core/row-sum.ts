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
  /** Takes a hash apart: 32-bit numbers are added many times faster than bigints. */
  readonly #wide = new DataView(new ArrayBuffer(8))
  #sumLow = 0
  #sumHigh = 0
  #xorLow = 0
  #xorHigh = 0

  add(hash: bigint): void {
    this.#wide.setBigUint64(0, hash)
    this.#addHalves(this.#wide.getUint32(4), this.#wide.getUint32(0))
  }

  /** Adds hashes of 8 bytes each, little-endian. */
  addBytes(hashes: Uint8Array): void {
    const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
    for (let at = 0; at < hashes.byteLength; at += 8) this.#addHalves(view.getUint32(at, true), view.getUint32(at + 4, true))
  }

  #addHalves(low: number, high: number): void {
    this.#count += 1
    this.#sumLow += low
    this.#sumHigh = (this.#sumHigh + high + (this.#sumLow > 0xffffffff ? 1 : 0)) >>> 0
    this.#sumLow >>>= 0
    this.#xorLow ^= high
    this.#xorHigh ^= low
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
