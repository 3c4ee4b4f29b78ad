import type { MakeObject } from './compile-object.ts'

/** The members of an object, in their order. */
export interface Shape {
  /** What stands before each value: `{"id":`, `,"plate":`. */
  readonly heads: readonly Head[]
  readonly toObject: MakeObject
  /** The value of a text that is a list or an object; undefined: not sure. */
  nested(text: string): unknown
}

/** Bytes that are expected, four by four as far as they go, which is faster to compare. */
export interface Head {
  readonly words: readonly number[]
  readonly rest: readonly number[]
}

export function createHead(text: string): Head {
  const bytes = Buffer.from(text)
  const words = Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readInt32LE(4 * at))
  return { words, rest: [...bytes.subarray(4 * words.length)] }
}

/** A line on its way through a shape. */
export interface ShapedLine {
  readonly bytes: Buffer
  /** Of the same bytes. */
  readonly view: DataView
  readonly start: number
  readonly end: number
  /** The bytes from start to end, one character each: texts are cut out of it. Without it, they are read from the bytes one by one. */
  readonly text: string | undefined
  /** What was read stands before. */
  at: number
}

const QUOTE = 34
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const BACKSLASH = 92
const FIRST_PLAIN = 32
const LAST_ASCII = 127
const OPENING_BRACKET = 91
const CLOSING_BRACKET = 93
const OPENING_BRACE = 123
const CLOSING_BRACE = 125
/** Integers of so many digits are exact, and so is one division of such a number by a power of ten. */
const MOST_DIGITS = 15
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

const LITERALS = [
  { head: createHead('true'), value: true },
  { head: createHead('false'), value: false },
  { head: createHead('null'), value: null },
] as const

/** The record of a line that has this shape; undefined for any other, and where only a whole parser is sure. */
export function readShaped(shape: Shape, line: ShapedLine): Record<string, unknown> | undefined {
  const { heads } = shape
  // A new one each time: what is written into an old one V8 has to remember.
  const values = new Array<unknown>(heads.length)
  line.at = line.start
  for (let member = 0; member < heads.length; member += 1) {
    const head = heads[member]
    if (head === undefined || !skip(line, head)) return undefined
    const value = readValue(line, shape)
    if (value === undefined) return undefined
    values[member] = value
  }
  return line.bytes[line.at] === CLOSING_BRACE && line.at + 1 === line.end ? shape.toObject(values) : undefined
}

function skip(line: ShapedLine, { words, rest }: Head): boolean {
  const { bytes, view } = line
  let { at } = line
  if (at + 4 * words.length + rest.length > line.end) return false
  for (let word = 0; word < words.length; word += 1) {
    if (view.getInt32(at, true) !== words[word]) return false
    at += 4
  }
  for (let place = 0; place < rest.length; place += 1) {
    if (bytes[at] !== rest[place]) return false
    at += 1
  }
  line.at = at
  return true
}

/** undefined: not sure. */
function readValue(line: ShapedLine, shape: Shape): unknown {
  const first = line.bytes[line.at] ?? 0
  if (first === QUOTE) return readText(line)
  if (first === MINUS || (first >= ZERO && first <= NINE)) return readNumber(line)
  if (first === OPENING_BRACKET || first === OPENING_BRACE) return readNested(line, shape)
  for (const literal of LITERALS) if (skip(line, literal.head)) return literal.value
  return undefined
}

/** A text without escapes. */
function readText(line: ShapedLine): string | undefined {
  const { bytes, start, end, text } = line
  const from = line.at + 1
  let isAscii = true
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) {
      line.at = at + 1
      return isAscii && text !== undefined ? text.slice(from - start, at - start) : bytes.toString('utf8', from, at)
    }
    if (byte < FIRST_PLAIN || byte === BACKSLASH) return undefined
    if (byte > LAST_ASCII) isAscii = false
  }
  return undefined
}

/** A number without an exponent whose digits all count. */
function readNumber(line: ShapedLine): number | undefined {
  const { bytes } = line
  const isNegative = bytes[line.at] === MINUS
  const from = isNegative ? line.at + 1 : line.at
  let value = 0
  let at = from
  let byte = bytes[at] ?? 0
  for (; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) {
    value = value * 10 + byte - ZERO
    at += 1
  }
  const whole = at - from
  if (whole === 0 || whole > MOST_DIGITS || (whole > 1 && bytes[from] === ZERO)) return undefined
  if (byte === POINT) {
    at += 1
    const fraction = at
    for (byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) {
      value = value * 10 + byte - ZERO
      at += 1
    }
    const digits = at - fraction
    if (digits === 0 || whole + digits > MOST_DIGITS) return undefined
    value /= POWERS[digits] ?? 1
  }
  line.at = at
  // What follows is the next head, or the end: an exponent fits neither.
  return isNegative ? -value : value
}

/** A list or an object, to its closing bracket. */
function readNested(line: ShapedLine, { nested }: Shape): unknown {
  const { bytes, end } = line
  const from = line.at
  let depth = 0
  let inText = false
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (inText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) depth += 1
    else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) {
      depth -= 1
      if (depth > 0) continue
      line.at = at + 1
      return nested(bytes.toString('utf8', from, at + 1))
    }
  }
  return undefined
}
