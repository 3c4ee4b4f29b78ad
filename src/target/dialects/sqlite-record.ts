import type { Row, SqlValue } from '../../core/row.ts'

const BEYOND_48_BITS = 2 ** 47
const HEAD_BYTES = 9
const SHORT_CHARS = 64
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
 * Values get the storage class that binding them gives: a number is a float, a bigint an integer, a boolean 0 or 1.
 */
export class SqliteRecord {
  bytes: Buffer
  /** The record of the row written last stands in `bytes` from here ... */
  start = 0
  /** ... to here. */
  end = 0
  readonly #types: Float64Array
  readonly #wide = new DataView(new ArrayBuffer(8))

  constructor(width: number) {
    this.#types = new Float64Array(width)
    this.bytes = Buffer.allocUnsafeSlow(16_384 + 2 * HEAD_BYTES * width)
  }

  write(row: Row): void {
    const width = this.#types.length
    const room = HEAD_BYTES * (width + 1)
    let at = room
    let head = 0
    for (let column = 0; column < width; column += 1) {
      const value = row[column] ?? null
      at = this.#value(value, column, at)
      const type = this.#types[column] ?? 0
      head += type < 128 ? 1 : varintSize(type)
    }
    // The head counts itself.
    let size = head + 1
    if (size > LAST_ASCII) size = head + varintSize(head + 2)
    this.start = room - size
    this.end = at
    let place = writeVarint(this.bytes, this.start, size)
    for (let column = 0; column < width; column += 1) place = writeVarint(this.bytes, place, this.#types[column] ?? 0)
  }

  #value(value: SqlValue, column: number, at: number): number {
    if (typeof value === 'string') return this.#text(value, column, at)
    if (value === null) return this.#type(column, 0, at)
    if (typeof value === 'boolean') return this.#type(column, value ? 9 : 8, at)
    if (typeof value === 'number') return this.#number(value, column, at)
    if (typeof value === 'bigint') return this.#integer(value, column, at)
    this.#reserve(at, value.length)
    this.bytes.set(value, at)
    return this.#type(column, 12 + 2 * value.length, at + value.length)
  }

  #text(text: string, column: number, at: number): number {
    this.#reserve(at, 3 * text.length)
    const { bytes } = this
    let end = at
    if (text.length <= SHORT_CHARS) {
      for (; end - at < text.length; end += 1) {
        const unit = text.charCodeAt(end - at)
        if (unit > LAST_ASCII) break
        bytes[end] = unit
      }
    }
    if (end - at < text.length) end = at + bytes.write(text, at, 'utf8')
    return this.#type(column, 13 + 2 * (end - at), end)
  }

  #number(value: number, column: number, at: number): number {
    // NaN is bound as NULL (https://www.sqlite.org/c3ref/bind_blob.html).
    if (Number.isNaN(value)) return this.#type(column, 0, at)
    this.#reserve(at, 8)
    return this.#type(column, 7, this.bytes.writeDoubleBE(value, at))
  }

  #integer(value: bigint, column: number, at: number): number {
    const number = Number(value)
    if (number === 0 || number === 1) return this.#type(column, 8 + number, at)
    this.#reserve(at, 8)
    if (number >= -128 && number <= 127) return this.#type(column, 1, this.bytes.writeInt8(number, at))
    if (number >= -32_768 && number <= 32_767) return this.#type(column, 2, this.bytes.writeInt16BE(number, at))
    if (number >= -2_147_483_648 && number <= 2_147_483_647) return this.#type(column, 4, this.bytes.writeInt32BE(number, at))
    if (Math.abs(number) < BEYOND_48_BITS) return this.#type(column, 5, this.bytes.writeIntBE(number, at, 6))
    this.#wide.setBigInt64(0, value)
    for (let byte = 0; byte < 8; byte += 1) this.bytes[at + byte] = this.#wide.getUint8(byte)
    return this.#type(column, 6, at + 8)
  }

  #type(column: number, type: number, end: number): number {
    this.#types[column] = type
    return end
  }

  #reserve(at: number, size: number): void {
    if (at + size <= this.bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(2 * (at + size))
    this.bytes.copy(bytes)
    this.bytes = bytes
  }
}
