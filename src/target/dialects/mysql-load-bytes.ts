import { charCodeAt } from '../../core/char-code-at.ts'
import { writeDigits } from '../../core/digits.ts'
import type { Row, SqlValue } from '../../core/row.ts'

const FIRST_BYTES = 1 << 16
/** Longer texts are written by one native call; shorter ones are done before such a call has begun. */
const LONGEST_LOOP = 48
/** Room for a number, NULL, or a boolean. */
const SHORT_BYTES = 32
const LAST_ASCII = 127
const TAB = 9
const NEWLINE = 10
const MINUS = 45
const ZERO = 48
const BACKSLASH = 92
const UPPER_N = 78

const ESCAPED = /[\\\t\n\0]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\0': '\\0' }
/** Code of the letter that stands for a character after a backslash; 0 for one that stands for itself. */
const LETTERS = Uint8Array.from({ length: LAST_ASCII + 1 }, (_, code) => ESCAPES[String.fromCharCode(code)]?.charCodeAt(1) ?? 0)

/** Rows as LOAD DATA reads them: tabs, newlines, backslash escapes, `\N` for NULL, bytes as hex digits, in UTF-8; one after the other in a buffer that grows. */
export class LoadBytes {
  #bytes: Buffer
  #at = 0
  count = 0

  /** `memory`: of lines that are done with. */
  constructor(memory: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)) {
    this.#bytes = memory
  }

  /** Bytes written since the beginning, or since `clear`. */
  get length(): number {
    return this.#at
  }

  /** What can be used once more when these lines are done with. */
  get memory(): Buffer {
    return this.#bytes
  }

  clear(): void {
    this.#at = 0
  }

  /** A copy of what was written. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#at)
    this.#bytes.copy(copy, 0, 0, this.#at)
    return copy
  }

  add(row: Row): void {
    for (let column = 0; column < row.length; column += 1) {
      this.#value(row[column] ?? null)
      this.#bytes[this.#at] = TAB
      this.#at += 1
    }
    if (row.length === 0) this.#reserve(1)
    else this.#at -= 1
    this.#bytes[this.#at] = NEWLINE
    this.#at += 1
    this.count += 1
  }

  /** Leaves room for what ends it. */
  #value(value: SqlValue): void {
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value)
    else if (value === null) this.#short(BACKSLASH, UPPER_N)
    else if (typeof value === 'boolean') this.#short(value ? ZERO + 1 : ZERO)
    else if (typeof value === 'bigint') this.#plain(String(value))
    else this.#plain(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'))
  }

  #text(text: string): void {
    const { length } = text
    this.#reserve(3 * length + SHORT_BYTES)
    const bytes = this.#bytes
    const start = this.#at
    let at = start
    let done = 0
    for (; done < length && length <= LONGEST_LOOP; done += 1) {
      const code = charCodeAt(text, done)
      if (code > LAST_ASCII) break
      const letter = LETTERS[code] ?? 0
      if (letter !== 0) {
        bytes[at] = BACKSLASH
        at += 1
      }
      bytes[at] = letter === 0 ? code : letter
      at += 1
    }
    if (done === length) {
      this.#at = at
      return
    }
    const escaped = ESCAPED.test(text) ? text.replace(/[\\\t\n\0]/g, (char) => ESCAPES[char] ?? char) : text
    this.#at = start + bytes.write(escaped, start, 'utf8')
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#plain(String(value))
      return
    }
    this.#reserve(SHORT_BYTES)
    let at = this.#at
    if (value < 0) {
      this.#bytes[at] = MINUS
      at += 1
    }
    this.#at = writeDigits(this.#bytes, at, value < 0 ? -value : value)
  }

  /** Characters that stand for themselves. */
  #plain(text: string): void {
    this.#reserve(text.length + SHORT_BYTES)
    this.#at += this.#bytes.write(text, this.#at, 'latin1')
  }

  #short(first: number, second?: number): void {
    this.#reserve(SHORT_BYTES)
    this.#bytes[this.#at] = first
    this.#at += 1
    if (second === undefined) return
    this.#bytes[this.#at] = second
    this.#at += 1
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(2 * (this.#at + count))
    this.#bytes.copy(bytes, 0, 0, this.#at)
    this.#bytes = bytes
  }
}
