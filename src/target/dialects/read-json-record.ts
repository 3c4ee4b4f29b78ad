import type { RecordBytes } from '../../core/record-bytes.ts'

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const ZERO = 48
const NINE = 57
const BACKSLASH = 92
const CLOSE = 93
const N = 110
/** So many digits are a safe integer. */
const SAFE_DIGITS = 15

/**
 * Writes the array that begins at `at`, without white space as SQLite writes it, as a record: texts, integers and NULL as what they are. The place after it; -1
 * where another value stands in it.
 */
export function readJsonRecord(json: Uint8Array, at: number, record: RecordBytes): number {
  record.begin()
  let place = at
  do {
    place = readValue(json, place + 1, record)
    if (place === -1) return -1
  } while (json[place] !== CLOSE)
  record.finish()
  return place + 1
}

/** Writes the value at `at`; the place after it, where a comma or the end of the array has to be. */
function readValue(json: Uint8Array, at: number, record: RecordBytes): number {
  const first = json[at]
  if (first === QUOTE) {
    const end = record.textUpTo(json, at + 1, QUOTE, QUOTE)
    return end === -1 ? readEscaped(json, at, record) : end + 1
  }
  if (first === N) {
    record.null()
    return at + 'null'.length
  }
  return readInteger(json, at, record)
}

function readInteger(json: Uint8Array, at: number, record: RecordBytes): number {
  const start = json[at] === MINUS ? at + 1 : at
  let value = 0
  let place = start
  let digit = json[place] ?? 0
  while (digit >= ZERO && digit <= NINE) {
    value = 10 * value + digit - ZERO
    place += 1
    digit = json[place] ?? 0
  }
  // A point or an exponent: a number that JSON may hold less exactly than its column.
  if (place === start || (digit !== CLOSE && digit !== COMMA)) return -1
  if (place - start > SAFE_DIGITS) record.bigint(BigInt(toText(json, at, place)))
  else record.integer(start === at ? value : -value)
  return place
}

/** A text with escapes in it, which are rare. */
function readEscaped(json: Uint8Array, at: number, record: RecordBytes): number {
  let end = at + 1
  while (json[end] !== QUOTE) end += json[end] === BACKSLASH ? 2 : 1
  record.text(JSON.parse(toText(json, at, end + 1)) as string)
  return end + 1
}

function toText(json: Uint8Array, start: number, end: number): string {
  return Buffer.from(json.buffer, json.byteOffset + start, end - start).toString()
}
