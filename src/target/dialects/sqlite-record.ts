import type { Row, SqlValue } from '../../core/row.ts'

const BEYOND_48_BITS = 2 ** 47
const HEAD_BYTES = 9
const LONGEST_LOOP = 48
const LAST_ASCII = 127

/** Bytes of a SQLite variable-length integer (https://www.sqlite.org/fileformat2.html#varint), for values below 2^53. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1
  return size
}

/** Writes one at `at`; the place after it. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  if (value < 128) {
    bytes[at] = value
    return at + 1
  }
  const size = varintSize(value)
  let rest = value
  for (let place = at + size - 1; place >= at; place -= 1) {
    bytes[place] = (rest % 128) | (place === at + size - 1 ? 0 : 0x80)
    rest = Math.floor(rest / 128)
  }
  return at + size
}

/**
 * Makes records of rows (https://www.sqlite.org/fileformat2.html#record_format), one after the other in a buffer of its own.
 * Values get the storage class that binding them gives: a number is a float, a bigint an integer, a boolean 0 or 1. In a column marked `whole`,
 * where a column's affinity would make an integer of 5.0, a whole number is one from the start.
 */
export class SqliteRecord {
  bytes: Buffer
  /** The record of the row written last stands in `bytes` from here ... */
  start = 0
  /** ... to here. */
  end = 0
  readonly #width: number
  readonly #whole: readonly boolean[]
  readonly #types: Int32Array
  readonly #wide = new DataView(new ArrayBuffer(8))
  /** Serial type of the value written last. */
  #type = 0

  constructor(width: number, whole: readonly boolean[] = []) {
    this.#width = width
    this.#whole = whole
    this.#types = new Int32Array(width)
    this.bytes = Buffer.allocUnsafeSlow(16_384 + 2 * HEAD_BYTES * width)
  }

  write(row: Row): void {
    const width = this.#width
    const types = this.#types
    const room = HEAD_BYTES * (width + 1)
    let at = room
    let head = 0
    for (let column = 0; column < width; column += 1) {
      at = this.#value(row[column], column, at)
      const type = this.#type
      types[column] = type
      head += type < 128 ? 1 : type < 16_384 ? 2 : varintSize(type)
    }
    // The head counts itself.
    let size = head + 1
    if (size > LAST_ASCII) size = head + varintSize(head + 2)
    this.start = room - size
    this.end = at
    const { bytes } = this
    let place = writeVarint(bytes, this.start, size)
    for (let column = 0; column < width; column += 1) {
      const type = types[column] ?? 0
      if (type < 128) {
        bytes[place] = type
        place += 1
      } else place = writeVarint(bytes, place, type)
    }
  }

  /** Writes one value; the place after it. */
  #value(value: SqlValue | undefined, column: number, at: number): number {
    if (typeof value === 'string') return this.#text(value, at)
    if (typeof value === 'number') return this.#whole[column] === true && isWhole(value) ? this.#integer(value, at) : this.#float(value, at)
    if (value === null || value === undefined) {
      this.#type = 0
      return at
    }
    if (typeof value === 'boolean') {
      this.#type = value ? 9 : 8
      return at
    }
    if (typeof value === 'bigint') {
      const number = Number(value)
      return number > -BEYOND_48_BITS && number < BEYOND_48_BITS ? this.#integer(number, at) : this.#wideInteger(value, at)
    }
    const bytes = this.#reserve(at, value.length)
    bytes.set(value, at)
    this.#type = 12 + 2 * value.length
    return at + value.length
  }

  #text(text: string, at: number): number {
    const { length } = text
    const bytes = this.#reserve(at, 3 * length)
    let end = at
    if (length <= LONGEST_LOOP) {
      for (let unit = 0; unit < length; unit += 1) {
        const code = text.charCodeAt(unit)
        if (code > LAST_ASCII) break
        bytes[end] = code
        end += 1
      }
    }
    if (end - at < length) end = at + bytes.write(text, at, 'utf8')
    this.#type = 13 + 2 * (end - at)
    return end
  }

  #float(value: number, at: number): number {
    // NaN is bound as NULL (https://www.sqlite.org/c3ref/bind_blob.html).
    if (Number.isNaN(value)) {
      this.#type = 0
      return at
    }
    this.#type = 7
    return this.#reserve(at, 8).writeDoubleBE(value, at)
  }

  /** A whole number of at most 48 bits. */
  #integer(value: number, at: number): number {
    if (value === 0 || value === 1) {
      this.#type = 8 + value
      return at
    }
    const bytes = this.#reserve(at, 8)
    if (value >= -128 && value <= 127) {
      this.#type = 1
      bytes[at] = value
      return at + 1
    }
    if (value >= -32_768 && value <= 32_767) {
      this.#type = 2
      bytes[at] = value >> 8
      bytes[at + 1] = value
      return at + 2
    }
    if (value >= -2_147_483_648 && value <= 2_147_483_647) {
      this.#type = 4
      bytes[at] = value >> 24
      bytes[at + 1] = value >> 16
      bytes[at + 2] = value >> 8
      bytes[at + 3] = value
      return at + 4
    }
    this.#type = 5
    return bytes.writeIntBE(value, at, 6)
  }

  #wideInteger(value: bigint, at: number): number {
    const bytes = this.#reserve(at, 8)
    this.#wide.setBigInt64(0, value)
    for (let byte = 0; byte < 8; byte += 1) bytes[at + byte] = this.#wide.getUint8(byte)
    this.#type = 6
    return at + 8
  }

  /** The buffer, with room for `size` bytes from `at` on. */
  #reserve(at: number, size: number): Buffer {
    if (at + size <= this.bytes.length) return this.bytes
    const bytes = Buffer.allocUnsafeSlow(2 * (at + size))
    this.bytes.copy(bytes)
    this.bytes = bytes
    return bytes
  }
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value > -BEYOND_48_BITS && value < BEYOND_48_BITS && (value !== 0 || !Object.is(value, -0))
}
