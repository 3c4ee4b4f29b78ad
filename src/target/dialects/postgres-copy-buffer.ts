import { charCodeAt } from '../../core/char-code-at.ts'

const CHUNK_BYTES = 65_536
const SHORT_CHARS = 64
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
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES)
  #at = 0

  /** Makes room for `size` bytes in one piece. */
  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    this.flush()
    this.#bytes = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size))
    this.#at = 0
  }

  /** Puts what was written since the last chunk into `chunks`. */
  flush(): void {
    if (this.#at > 0) this.chunks.push(this.#bytes.subarray(0, this.#at))
    this.#bytes = this.#bytes.subarray(this.#at)
    this.#at = 0
  }

  int16(value: number): void {
    this.#reserve(2)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }

  int64(value: bigint): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at)
  }

  /** A safe integer as 64 bits, without the cost of a bigint. */
  safe64(value: number): void {
    const high = Math.floor(value / 4_294_967_296)
    this.#reserve(8)
    this.#at = this.#bytes.writeInt32BE(high, this.#at)
    this.#at = this.#bytes.writeUInt32BE(value - high * 4_294_967_296, this.#at)
  }

  float32(value: number): void {
    this.#reserve(4)
    this.#at = this.#bytes.writeFloatBE(value, this.#at)
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeDoubleBE(value, this.#at)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#at = this.#bytes.writeUInt8(value, this.#at)
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
    bytes.writeInt32BE(16, this.#at)
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
    const ascii = text.length <= SHORT_CHARS ? this.#ascii(text, start) : -1
    const written = ascii >= 0 ? ascii : this.#bytes.write(text, start)
    this.#bytes.writeInt32BE(written + extra, from)
    this.#at = start + written
  }

  /** Short texts are mostly ASCII, and a call into the runtime costs more than they do; -1 where one is not. */
  #ascii(text: string, start: number): number {
    const bytes = this.#bytes
    for (let at = 0; at < text.length; at += 1) {
      const code = charCodeAt(text, at)
      if (code > 0x7f) return -1
      bytes[start + at] = code
    }
    return text.length
  }
}
