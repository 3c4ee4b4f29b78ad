/** The members of an object, in their order. */
export interface Shape {
  readonly names: readonly string[]
  /** What stands before each value: `{"id":`, `,"plate":`. */
  readonly heads: readonly Buffer[]
  /** An object with these members, to be copied: objects made alike are read faster. */
  readonly template: Readonly<Record<string, unknown>>
  /** The value of a text that is a list or an object; undefined: not sure. */
  nested(text: string): unknown
}

export interface ShapedLine {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** The bytes from start to end, one character each: texts are cut out of it. Without it, they are read from the bytes one by one. */
  readonly text?: string
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

const WORDS = [
  { bytes: Buffer.from('true'), value: true },
  { bytes: Buffer.from('false'), value: false },
  { bytes: Buffer.from('null'), value: null },
] as const

/** The record of a line that has this shape; undefined for any other, and where only a whole parser is sure. */
export function readShaped(shape: Shape, line: ShapedLine): Record<string, unknown> | undefined {
  const { bytes, end } = line
  const { names, heads } = shape
  const record: Record<string, unknown> = { ...shape.template }
  const reader = { line, shape, at: line.start }
  for (let member = 0; member < names.length; member += 1) {
    const head = heads[member]
    const name = names[member]
    if (head === undefined || name === undefined || !skip(reader, head)) return undefined
    const value = readValue(reader)
    if (value === undefined) return undefined
    record[name] = value
  }
  return bytes[reader.at] === CLOSING_BRACE && reader.at + 1 === end ? record : undefined
}

interface Reader {
  readonly line: ShapedLine
  readonly shape: Shape
  at: number
}

function skip(reader: Reader, expected: Buffer): boolean {
  const { bytes } = reader.line
  const { at } = reader
  for (let place = 0; place < expected.length; place += 1) if (bytes[at + place] !== expected[place]) return false
  reader.at = at + expected.length
  return true
}

/** undefined: not sure. */
function readValue(reader: Reader): unknown {
  const first = reader.line.bytes[reader.at] ?? 0
  if (first === QUOTE) return readText(reader)
  if (first === MINUS || (first >= ZERO && first <= NINE)) return readNumber(reader)
  if (first === OPENING_BRACKET || first === OPENING_BRACE) return readNested(reader)
  for (const word of WORDS) if (skip(reader, word.bytes)) return word.value
  return undefined
}

/** A text without escapes. */
function readText(reader: Reader): string | undefined {
  const { bytes, start, end, text } = reader.line
  const from = reader.at + 1
  let isAscii = true
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) {
      reader.at = at + 1
      return isAscii && text !== undefined ? text.slice(from - start, at - start) : bytes.toString('utf8', from, at)
    }
    if (byte < FIRST_PLAIN || byte === BACKSLASH) return undefined
    if (byte > LAST_ASCII) isAscii = false
  }
  return undefined
}

/** A number without an exponent whose digits all count. */
function readNumber(reader: Reader): number | undefined {
  const { bytes } = reader.line
  const isNegative = bytes[reader.at] === MINUS
  const from = isNegative ? reader.at + 1 : reader.at
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
  reader.at = at
  // What follows is the next head, or the end: an exponent fits neither.
  return isNegative ? -value : value
}

/** A list or an object, to its closing bracket. */
function readNested(reader: Reader): unknown {
  const { bytes, end } = reader.line
  const from = reader.at
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
      reader.at = at + 1
      return reader.shape.nested(bytes.toString('utf8', from, at + 1))
    }
  }
  return undefined
}
