import { countDigits, writeDigits } from '../core/digits.ts'

/** Longer texts are written by one native call; shorter ones are done before such a call has begun. */
const LONGEST_LOOP = 48
const COLON = 58
const MINUS = 45
const LAST_ASCII = 127
/** Room for the length, the tag, and the digits of any safe integer. */
const HEAD_BYTES = 48

/** Canonical parts of rows as bytes, one row after the other in one buffer that grows. */
export class CanonicalBytes {
  #bytes = Buffer.allocUnsafeSlow(4096)
  #at = 0

  clear(): void {
    this.#at = 0
  }

  /** The bytes written since `clear`; valid until more are written. */
  view(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, 0, this.#at)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at] = value
    this.#at += 1
  }

  /** `length:tag text` without the blank: the length counts UTF-16 units of tag and text, the text is UTF-8. The tag is ASCII. */
  part(tag: string, text: string): void {
    const { length } = text
    this.#reserve(HEAD_BYTES + tag.length + 3 * length)
    const bytes = this.#bytes
    let at = writeDigits(bytes, this.#at, tag.length + length)
    bytes[at] = COLON
    at += 1
    for (let unit = 0; unit < tag.length; unit += 1) {
      bytes[at] = tag.charCodeAt(unit)
      at += 1
    }
    const start = at
    if (length <= LONGEST_LOOP) {
      for (let unit = 0; unit < length; unit += 1) {
        const code = text.charCodeAt(unit)
        if (code > LAST_ASCII) break
        bytes[at] = code
        at += 1
      }
    }
    this.#at = at - start === length ? at : start + bytes.write(text, start, 'utf8')
  }

  /** `part` of a safe integer's digits, without making a text of them. -0 is 0. */
  integer(tag: string, value: number): void {
    this.#reserve(HEAD_BYTES + tag.length)
    const bytes = this.#bytes
    const size = tag.length + countDigits(value)
    let at = writeDigits(bytes, this.#at, size)
    bytes[at] = COLON
    at += 1
    for (let unit = 0; unit < tag.length; unit += 1) {
      bytes[at] = tag.charCodeAt(unit)
      at += 1
    }
    if (value < 0) {
      bytes[at] = MINUS
      at += 1
    }
    this.#at = writeDigits(bytes, at, value < 0 ? -value : value)
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(2 * (this.#at + count))
    this.#bytes.copy(bytes, 0, 0, this.#at)
    this.#bytes = bytes
  }
}
