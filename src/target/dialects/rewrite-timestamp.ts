import type { RecordBytes } from '../../core/record-bytes.ts'

const PLUS = 43
const DASH = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const T = 84
const Z = 90
const SECONDS = 'YYYY-MM-DD hh:mm:ss'.length
/** Fraction digits that a canonical timestamp has at least, and at most. */
const LEAST_DIGITS = 3
const MOST_DIGITS = 9
const MOST_BYTES = SECONDS + '.'.length + MOST_DIGITS + 'Z'.length

/**
 * Writes what `toCanonicalTimestamp` makes of a text such as `2025-08-31 10:00:00.12+00` or the same without zone, from its bytes between `at` and `end`.
 * False, and nothing written, where the text has another form.
 */
export function writeTimestamp(from: Uint8Array, at: number, end: number, record: RecordBytes): boolean {
  const isZoned = from[end - 3] === PLUS && from[end - 2] === ZERO && from[end - 1] === ZERO
  const stop = isZoned ? end - 3 : end
  const digits = Math.max(0, stop - at - SECONDS - 1)
  if (stop - at < SECONDS || digits > MOST_DIGITS || from[at + 4] !== DASH) return false
  if (stop - at > SECONDS && from[at + SECONDS] !== POINT) return false
  const start = record.roomForText(MOST_BYTES)
  const to = record.bytes
  for (let place = 0; place < SECONDS; place += 1) to[start + place] = from[at + place] ?? 0
  to[start + 10] = T
  to[start + SECONDS] = POINT
  let last = SECONDS + LEAST_DIGITS
  for (let place = 1; place <= Math.max(digits, LEAST_DIGITS); place += 1) {
    const digit = place <= digits ? (from[at + SECONDS + place] ?? 0) : ZERO
    if (digit < ZERO || digit > NINE) return false
    to[start + SECONDS + place] = digit
    if (digit !== ZERO && SECONDS + place > last) last = SECONDS + place
  }
  to[start + last + 1] = Z
  record.endText(start + last + 2)
  return true
}
