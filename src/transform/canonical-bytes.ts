/** Longer texts are written by one native call; shorter ones are done before such a call has begun. */
const LONGEST_LOOP = 96
const COLON = 58

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

  /** `length:tag text` without the blank: the length counts UTF-16 units of tag and text, the text is UTF-8. */
  part(tag: string, text: string): void {
    this.#reserve(24 + tag.length + 3 * text.length)
    this.#digits(tag.length + text.length)
    this.#bytes[this.#at] = COLON
    this.#at += 1
    for (let at = 0; at < tag.length; at += 1) {
      this.#bytes[this.#at] = tag.charCodeAt(at)
      this.#at += 1
    }
    if (text.length > LONGEST_LOOP || !this.#ascii(text)) this.#at += this.#bytes.write(text, this.#at, 'utf8')
  }

  /** Writes a text of ASCII only; false, and nothing written, for any other. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes
    const start = this.#at
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit > 127) return false
      bytes[start + at] = unit
    }
    this.#at = start + text.length
    return true
  }

  #digits(value: number): void {
    if (value >= 10) this.#digits(Math.floor(value / 10))
    this.#bytes[this.#at] = 48 + (value % 10)
    this.#at += 1
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(2 * (this.#at + count))
    this.#bytes.copy(bytes, 0, 0, this.#at)
    this.#bytes = bytes
  }
}
