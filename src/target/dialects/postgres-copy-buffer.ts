import { charCodeAt } from '../../core/char-code-at.ts'
import type { RecordBytes } from '../../core/record-bytes.ts'

const CHUNK_BYTES = 65_536
/** Longer texts are written by one native call; shorter ones are done before such a call has begun. */
const SHORT_CHARS = 28
/** Bytes are copied four at once up to here. */
const SHORT_BYTES = 96
const LAST_ASCII = 0x7f
const DASH = 45
const NO_NIBBLE = 0xf0
/** Value of a hexadecimal digit by its character code. */
const NIBBLES = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? NO_NIBBLE : value
})

/** Grows in chunks of 64 KiB; big-endian, as the wire format wants it. */
export class CopyBuffer {
  readonly chunks: Buffer[] = []
  #bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #view = new DataView(this.#bytes.buffer)
  /** What stands before it is in `chunks`. */
  #flushed = 0
  #at = 0

  /** Makes room for `size` bytes in one piece. */
  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    this.flush()
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, size))
    this.#view = new DataView(this.#bytes.buffer)
    this.#flushed = 0
    this.#at = 0
  }

  /** Puts what was written since the last chunk into `chunks`. */
  flush(): void {
    if (this.#at > this.#flushed) this.chunks.push(this.#bytes.subarray(this.#flushed, this.#at))
    this.#flushed = this.#at
  }

  int16(value: number): void {
    this.#reserve(2)
    this.#view.setInt16(this.#at, value)
    this.#at += 2
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.#at, value)
    this.#at += 4
  }

  int64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigInt64(this.#at, value)
    this.#at += 8
  }

  /** A safe integer as 64 bits, without the cost of a bigint. */
  safe64(value: number): void {
    const high = Math.floor(value / 4_294_967_296)
    this.#reserve(8)
    this.#view.setInt32(this.#at, high)
    this.#view.setUint32(this.#at + 4, value - high * 4_294_967_296)
    this.#at += 8
  }

  float32(value: number): void {
    this.#reserve(4)
    this.#view.setFloat32(this.#at, value)
    this.#at += 4
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#at, value)
    this.#at += 8
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at] = value
    this.#at += 1
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Length and bytes of a uuid text; false, and nothing written, where it is none. */
  uuid(text: string): boolean {
    if (text.length !== 36) return false
    this.#reserve(20)
    const bytes = this.#bytes
    let to = this.#at + 4
    let bad = 0
    for (let at = 0; at < 36; at += 2) {
      if (at === 8 || at === 13 || at === 18 || at === 23) {
        if (charCodeAt(text, at) !== DASH) return false
        at += 1
      }
      const high = NIBBLES[charCodeAt(text, at) & 0xff] ?? NO_NIBBLE
      const low = NIBBLES[charCodeAt(text, at + 1) & 0xff] ?? NO_NIBBLE
      bad |= high | low | ((charCodeAt(text, at) | charCodeAt(text, at + 1)) > 0xff ? NO_NIBBLE : 0)
      bytes[to] = (high << 4) | low
      to += 1
    }
    if (bad > 15) return false
    this.#view.setInt32(this.#at, 16)
    this.#at = to
    return true
  }

  /** Length and bytes of a text; `prefix` is a byte before it that counts (the version of jsonb). */
  text(text: string, prefix?: number): void {
    const extra = prefix === undefined ? 0 : 1
    // A UTF-16 unit takes at most three bytes.
    this.#reserve(4 + extra + text.length * 3)
    const from = this.#at
    if (prefix !== undefined) this.#bytes[from + 4] = prefix
    const start = from + 4 + extra
    const isShort = text.length <= SHORT_CHARS && this.#ascii(text, start)
    const written = isShort ? text.length : this.#bytes.write(text, start)
    this.#view.setInt32(from, written + extra)
    this.#at = start + written
  }

  /** False where the text holds more than ASCII. */
  #ascii(text: string, start: number): boolean {
    const bytes = this.#bytes
    for (let at = 0; at < text.length; at += 1) {
      const code = charCodeAt(text, at)
      if (code > LAST_ASCII) return false
      bytes[start + at] = code
    }
    return true
  }

  /** Length and bytes of a column of the record that was finished last. */
  column(record: RecordBytes, column: number): void {
    const from = record.startOf(column)
    const length = record.endOf(column) - from
    this.#reserve(4 + length + 3)
    this.#view.setInt32(this.#at, length)
    const start = this.#at + 4
    if (length <= SHORT_BYTES && from + length + 3 <= record.bytes.length) {
      const { view } = record
      // Up to three bytes too many, which the next value is written over.
      for (let at = 0; at < length; at += 4) this.#view.setInt32(start + at, view.getInt32(from + at))
    } else this.#bytes.set(record.bytes.subarray(from, from + length), start)
    this.#at = start + length
  }

  /** What `read` makes of a short text of ASCII, whose bytes are not kept; undefined for another text. */
  readAscii<T>(text: string, read: (bytes: Uint8Array, from: number, end: number) => T): T | undefined {
    this.#reserve(text.length)
    return this.#ascii(text, this.#at) ? read(this.#bytes, this.#at, this.#at + text.length) : undefined
  }
}
