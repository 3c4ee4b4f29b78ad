import type { RecordBytes } from '../../core/record-bytes.ts'

/** Ends a text; none that is a timestamp holds it. */
const NEWLINE = 10
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

/**
 * What `toCanonicalTimestamp` makes of a text such as `2025-08-31 10:00:00.12+00` or the same without zone, from its bytes: written to `to`, with an end of line
 * behind it. False where the text has another form, and `to` holds nothing of use.
 */
function rewriteTimestamp(
  from: Uint8Array,
  { at, end, to }: { readonly at: number; readonly end: number; readonly to: Uint8Array },
): boolean {
  const isZoned = from[end - 3] === PLUS && from[end - 2] === ZERO && from[end - 1] === ZERO
  const stop = isZoned ? end - 3 : end
  const digits = Math.max(0, stop - at - SECONDS - 1)
  if (stop - at < SECONDS || digits > MOST_DIGITS || from[at + 4] !== DASH) return false
  for (let place = 0; place < SECONDS; place += 1) to[place] = from[at + place] ?? 0
  to[10] = T
  if (stop - at > SECONDS && from[at + SECONDS] !== POINT) return false
  to[SECONDS] = POINT
  let last = SECONDS + LEAST_DIGITS
  for (let place = 1; place <= Math.max(digits, LEAST_DIGITS); place += 1) {
    const digit = place <= digits ? (from[at + SECONDS + place] ?? 0) : ZERO
    if (digit < ZERO || digit > NINE) return false
    to[SECONDS + place] = digit
    if (digit !== ZERO && SECONDS + place > last) last = SECONDS + place
  }
  to[last + 1] = Z
  to[last + 2] = NEWLINE
  return true
}

/** Writes the value of a record from such bytes. */
export type WriteTimestamp = (from: Uint8Array, at: number, end: number, record: RecordBytes) => boolean

/** False, and nothing written, where the text has another form. */
export function openTimestampWriter(): WriteTimestamp {
  const to = new Uint8Array(SECONDS + MOST_DIGITS + 3)
  return (from, at, end, record) => {
    if (!rewriteTimestamp(from, { at, end, to })) return false
    record.textUpTo(to, 0, NEWLINE, NEWLINE)
    return true
  }
}
