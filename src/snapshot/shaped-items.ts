import { type Item, isReadable, type Key } from '../core/record.ts'
import { ShapedLines } from '../core/shaped-lines.ts'
import { isPlainText } from './decode-value.ts'
import { isEscaped } from './tags.ts'

const QUOTE = 34
const DOLLAR = 36
const COMMA = 44
const ZERO = 48
const NINE = 57
const BACKSLASH = 92
const CLOSING_BRACKET = 93
const CLOSING_BRACE = 125
const FIRST_PLAIN = 32
/** Integers of so many digits are exact. */
const MOST_DIGITS = 15
const DATE_HEAD = '{"$date":"'
const DATE_TAIL = '"}'

/** Reads the lines of one collection whose records are objects like those before; says nothing of any other line. */
export class ShapedItems {
  readonly #shapes = new ShapedLines({ nested: decodeNested, takesName: (name) => !isEscaped(name) })

  /** The item of a line in valid UTF-8; `start`: after the collection's name and the comma. undefined: decode the line, then `learn` what it was. */
  read(bytes: Buffer, start: number, end: number): Item | undefined {
    const found = readKey(bytes, start, end)
    if (found === undefined || bytes[end - 1] !== CLOSING_BRACKET) return undefined
    const members = withoutClass(bytes, found.end, end - 1)
    const value = this.#shapes.read(bytes, members.start, members.end)
    return value === undefined ? undefined : { key: found.key, value }
  }

  learn(bytes: Buffer, place: { readonly start: number; readonly end: number }, item: Item): void {
    const found = isReadable(item) ? readKey(bytes, place.start, place.end) : undefined
    const value = isReadable(item) ? item.value : undefined
    const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    if (found !== undefined && isPlain) this.#shapes.learn(bytes, withoutClass(bytes, found.end, place.end - 1), value)
  }
}

/** A key that is a text without escapes, or a whole number from 0 on; `end`: after the comma behind it. */
function readKey(bytes: Buffer, start: number, end: number): { readonly key: Key; readonly end: number } | undefined {
  let at = start
  if (bytes[at] === QUOTE) {
    for (at += 1; bytes[at] !== QUOTE; at += 1) {
      const byte = bytes[at] ?? 0
      if (at >= end || byte < FIRST_PLAIN || byte === BACKSLASH) return undefined
    }
    return bytes[at + 1] === COMMA ? { key: bytes.toString('utf8', start + 1, at), end: at + 2 } : undefined
  }
  let key = 0
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) {
    key = key * 10 + byte - ZERO
    at += 1
  }
  const digits = at - start
  if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && bytes[start] === ZERO)) return undefined
  return bytes[at] === COMMA ? { key, end: at + 1 } : undefined
}

const CLASS_HEAD = Buffer.from('{"$class":"')
const CLASS_MIDDLE = Buffer.from('","$value":')

/** The members of an instance of a class, which is read as a plain object; any other value as it is. */
function withoutClass(bytes: Buffer, start: number, end: number): { readonly start: number; readonly end: number } {
  const whole = { start, end }
  if (bytes[start + 2] !== DOLLAR || bytes[end - 1] !== CLOSING_BRACE || !standsAt(bytes, start, CLASS_HEAD)) return whole
  let at = start + CLASS_HEAD.length
  while (at < end && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1
  return standsAt(bytes, at, CLASS_MIDDLE) ? { start: at + CLASS_MIDDLE.length, end: end - 1 } : whole
}

function standsAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  return bytes.compare(expected, 0, expected.length, at, Math.min(at + expected.length, bytes.length)) === 0
}

/** A date, or a value without tags. */
function decodeNested(text: string): unknown {
  if (text.startsWith(DATE_HEAD) && text.endsWith(DATE_TAIL)) {
    const written = text.slice(DATE_HEAD.length, -DATE_TAIL.length)
    const date = new Date(written)
    return !Number.isNaN(date.getTime()) && date.toISOString() === written ? date : undefined
  }
  if (!isPlainText(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
