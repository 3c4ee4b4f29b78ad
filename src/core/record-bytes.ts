import { charCodeAt } from './char-code-at.ts'
import { writeDigits } from './digits.ts'
import { varintSize, writeVarint } from './varint.ts'

const BEYOND_48_BITS = 2 ** 47
/** Bytes that the type of one value takes at most. */
const TYPE_BYTES = 9
/** Longer texts are written by one native call; shorter ones are done before such a call has begun. Bytes are copied faster than characters. */
const LONGEST_LOOP = 28
const LONGEST_COPY = 48
const LAST_ASCII = 127
const MINUS = 45
const BACKSLASH = 92
/** Four bytes at once, and what tells that one of four is 0 (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord). */
const EACH_BYTE = 0x0101_0101
const EACH_HIGH_BIT = 0x8080_8080 | 0
const BACKSLASHES = BACKSLASH * EACH_BYTE
/** Room for any safe integer in digits. */
const DIGIT_BYTES = 20

/**
 * One row after another as a record of SQLite's (https://www.sqlite.org/fileformat2.html#record_format): the types and lengths of all values, then the values,
 * so that no two rows of other values have the same bytes. `begin` is followed by one call a column, then `finish`.
 */
export class RecordBytes {
  bytes: Buffer
  /** The record that was finished last stands in `bytes` from here ... */
  start = 0
  /** ... to here. */
  end = 0
  /** Of `bytes`; asked of a Buffer, it is looked up each time. */
  #memory: ArrayBufferLike
  #view: DataView<ArrayBufferLike>
  #finished: Uint8Array | undefined
  /** What a text was taken from last. */
  #from: Uint8Array | undefined
  #fromView: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))
  /** Columns it has room for. */
  readonly width: number
  readonly #types: Int32Array
  /** Where the value of each column ends. */
  readonly #ends: Int32Array
  readonly #room: number
  readonly #wide = new DataView(new ArrayBuffer(8))
  #columns = 0
  /** Bytes that the types take so far. */
  #head = 0
  #at = 0

  constructor(width: number) {
    this.width = width
    this.#types = new Int32Array(width)
    this.#ends = new Int32Array(width)
    this.#room = TYPE_BYTES * (width + 1)
    this.bytes = Buffer.allocUnsafeSlow(16_384 + this.#room)
    this.#memory = this.bytes.buffer
    this.#view = new DataView(this.#memory)
  }

  /** The record that was finished last, until the next one is begun. */
  get finished(): Uint8Array {
    this.#finished ??= new Uint8Array(this.#memory, this.start, this.end - this.start)
    return this.#finished
  }

  /** Of `bytes`. */
  get view(): DataView<ArrayBufferLike> {
    return this.#view
  }

  /** Where a column's value begins in `bytes`, until the next record is begun ... */
  startOf(column: number): number {
    return column === 0 ? this.#room : (this.#ends[column - 1] ?? 0)
  }

  /** ... and where it ends. */
  endOf(column: number): number {
    return this.#ends[column] ?? 0
  }

  begin(): void {
    this.#finished = undefined
    this.#columns = 0
    this.#head = 0
    this.#at = this.#room
  }

  null(): void {
    this.#add(0)
  }

  text(text: string): void {
    const { length } = text
    const at = this.#at
    const bytes = this.#reserve(3 * length)
    let end = at
    if (length <= LONGEST_LOOP) {
      for (let unit = 0; unit < length; unit += 1) {
        const code = charCodeAt(text, unit)
        if (code > LAST_ASCII) break
        bytes[end] = code
        end += 1
      }
    }
    if (end - at < length) end = at + bytes.write(text, at, 'utf8')
    this.#at = end
    this.#add(13 + 2 * (end - at))
  }

  /** A text, as its bytes in UTF-8. */
  utf8(text: Uint8Array): void {
    const at = this.#at
    const { length } = text
    const bytes = this.#reserve(length)
    if (length > LONGEST_COPY) bytes.set(text, at)
    else for (let place = 0; place < length; place += 1) bytes[at + place] = text[place] ?? 0
    this.#at = at + length
    this.#add(13 + 2 * length)
  }

  /**
   * A text that stands in UTF-8 from `at` to the next of two signs, or to the end; the place of that. -1, and no text, where a backslash comes before it.
   * The signs are of ASCII, `other` may be the same.
   */
  textUpTo(from: Uint8Array, at: number, stop: number, other: number): number {
    const end = this.#endOfShort(from, at, stop, other) ?? this.#endOfLong(from, at, stop, other)
    if (end === -1 || from[end] === BACKSLASH) return -1
    this.#at += end - at
    this.#add(13 + 2 * (end - at))
    return end
  }

  /** Room for a text of at most `most` bytes, which the caller writes into `bytes` from this place on; `endText` adds it. */
  roomForText(most: number): number {
    this.#reserve(most)
    return this.#at
  }

  /** Adds the text that was written up to `end`. */
  endText(end: number): void {
    const type = 13 + 2 * (end - this.#at)
    this.#at = end
    this.#add(type)
  }

  /** Copies four bytes after four, up to those with a sign or a backslash; the place of that, or of the end. undefined: it is further away. */
  #endOfShort(from: Uint8Array, at: number, stop: number, other: number): number | undefined {
    if (from !== this.#from) {
      this.#from = from
      this.#fromView = new DataView(from.buffer, from.byteOffset, from.byteLength)
    }
    const bytes = this.#reserve(LONGEST_COPY)
    const start = this.#at
    const stops = stop * EACH_BYTE
    const others = other * EACH_BYTE
    const most = Math.min(LONGEST_COPY, from.length - at) - 4
    let copied = 0
    for (; copied <= most; copied += 4) {
      const word = this.#fromView.getInt32(at + copied, true)
      this.#view.setInt32(start + copied, word, true)
      const found = zerosIn(word ^ stops) | zerosIn(word ^ others) | zerosIn(word ^ BACKSLASHES)
      if (found !== 0) return at + copied + ((31 - Math.clz32(found & -found)) >> 3)
    }
    for (let place = at + copied; copied < LONGEST_COPY; copied += 1, place += 1) {
      const byte = from[place]
      if (byte === undefined || byte === stop || byte === other || byte === BACKSLASH) return place
      bytes[start + copied] = byte
    }
    return undefined
  }

  /** -1 where a backslash comes before the end. */
  #endOfLong(from: Uint8Array, at: number, stop: number, other: number): number {
    const end = Math.min(indexFrom(from, stop, at), indexFrom(from, other, at))
    const text = from.subarray(at, end)
    if (text.includes(BACKSLASH)) return -1
    this.#reserve(text.length).set(text, this.#at)
    return end
  }

  /** `text` of a safe integer's digits, without making a text of them. -0 is 0. */
  digits(value: number): void {
    const at = this.#at
    const bytes = this.#reserve(DIGIT_BYTES)
    if (value < 0) bytes[at] = MINUS
    this.#at = value < 0 ? writeDigits(bytes, at + 1, -value) : writeDigits(bytes, at, value)
    this.#add(13 + 2 * (this.#at - at))
  }

  /** A safe integer. */
  integer(value: number): void {
    this.#add(this.#writeInteger(value))
  }

  /** One of 64 bits; the same bytes as `integer` where that takes it. */
  bigint(value: bigint): void {
    const number = Number(value)
    this.#add(Number.isSafeInteger(number) ? this.#writeInteger(number) : this.#writeEightBytes(value))
  }

  float(value: number): void {
    const at = this.#at
    this.#at = this.#reserve(8).writeDoubleBE(value, at)
    this.#add(7)
  }

  blob(value: Uint8Array): void {
    const at = this.#at
    this.#reserve(value.length).set(value, at)
    this.#at = at + value.length
    this.#add(12 + 2 * value.length)
  }

  finish(): void {
    const { bytes } = this
    const types = this.#types
    const columns = this.#columns
    // The head counts itself.
    let size = this.#head + 1
    if (size > LAST_ASCII) size = this.#head + varintSize(this.#head + 2)
    this.start = this.#room - size
    this.end = this.#at
    let place = writeVarint(bytes, this.start, size)
    for (let column = 0; column < columns; column += 1) {
      const type = types[column] ?? 0
      if (type < 128) {
        bytes[place] = type
        place += 1
      } else place = writeVarint(bytes, place, type)
    }
  }

  /** Writes a safe integer; its type. */
  #writeInteger(value: number): number {
    if (value === 0 || value === 1) return 8 + value
    if (value <= -BEYOND_48_BITS || value >= BEYOND_48_BITS) return this.#writeEightBytes(BigInt(value))
    const at = this.#at
    const bytes = this.#reserve(8)
    if (value >= -128 && value <= 127) {
      bytes[at] = value
      this.#at = at + 1
      return 1
    }
    if (value >= -32_768 && value <= 32_767) {
      bytes[at] = value >> 8
      bytes[at + 1] = value
      this.#at = at + 2
      return 2
    }
    if (value >= -2_147_483_648 && value <= 2_147_483_647) {
      bytes[at] = value >> 24
      bytes[at + 1] = value >> 16
      bytes[at + 2] = value >> 8
      bytes[at + 3] = value
      this.#at = at + 4
      return 4
    }
    this.#at = bytes.writeIntBE(value, at, 6)
    return 5
  }

  #writeEightBytes(value: bigint): number {
    const at = this.#at
    const bytes = this.#reserve(8)
    this.#wide.setBigInt64(0, value)
    for (let byte = 0; byte < 8; byte += 1) bytes[at + byte] = this.#wide.getUint8(byte)
    this.#at = at + 8
    return 6
  }

  #add(type: number): void {
    this.#types[this.#columns] = type
    this.#ends[this.#columns] = this.#at
    this.#columns += 1
    this.#head += type < 128 ? 1 : type < 16_384 ? 2 : varintSize(type)
  }

  /** The buffer, with room for `size` more bytes. */
  #reserve(size: number): Buffer {
    const at = this.#at
    if (at + size <= this.bytes.length) return this.bytes
    const bytes = Buffer.allocUnsafeSlow(2 * (at + size))
    this.bytes.copy(bytes)
    this.bytes = bytes
    this.#memory = bytes.buffer
    this.#view = new DataView(this.#memory)
    return bytes
  }
}

/** Not 0 where one of the four bytes is 0: the lowest bit is the highest one of the first such byte. */
function zerosIn(word: number): number {
  return (word - EACH_BYTE) & ~word & EACH_HIGH_BIT
}

/** Where a byte stands next; the length where nowhere. */
function indexFrom(bytes: Uint8Array, byte: number, at: number): number {
  const found = bytes.indexOf(byte, at)
  return found === -1 ? bytes.length : found
}
