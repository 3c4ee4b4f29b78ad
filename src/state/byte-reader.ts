/** Reads what a ByteWriter wrote. Every read past the end throws a RangeError. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw new RangeError('past the end')
    this.#at += 1
    return value
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 0x80
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('number too large')
    return value
  }

  /** A varint that counts things of which each takes at least `least` bytes of what is left; guards against huge allocations. */
  count(least = 0): number {
    const value = this.varint()
    if (least > 0 && value * least > this.left) throw new RangeError('past the end')
    return value
  }

  uint64(): bigint {
    const value = this.#bytes.readBigUInt64LE(this.#at)
    this.#at += 8
    return value
  }

  float64(): number {
    const value = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }

  /** A copy of the next `size` bytes. */
  raw(size: number): Uint8Array {
    return new Uint8Array(this.view(size))
  }

  /** The next `size` bytes, sharing memory. */
  view(size: number): Buffer {
    if (size > this.left) throw new RangeError('past the end')
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  text(encoding: 'utf8' | 'utf16le'): string {
    return this.view(this.varint()).toString(encoding)
  }

  hex(size: number): string {
    return this.view(size).toString('hex')
  }
}
