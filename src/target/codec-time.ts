import { charCodeAt } from '../core/char-code-at.ts'
import { ValueProblem } from '../core/row.ts'
import { typeProblem } from './codec-number.ts'
import type { Codec } from './target.ts'

const TIMESTAMP = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?Z$/
const DATE = /^(\d{4})-\d\d-\d\d$/
const TIME = /^\d\d:\d\d:\d\d(?:\.(\d+))?$/

/** Checks a logical timestamp (UTC ISO text) for years 1 to 9999 and at most `digits` fraction digits that are not zero. */
export function findTimestampProblem(value: unknown, digits: number): ValueProblem | undefined {
  // What `toISOString` writes, and nearly every value is; the transform made its digits.
  if (digits >= 3 && typeof value === 'string' && value.length === 24 && isPlainIso(value)) return undefined
  const parts = typeof value === 'string' ? TIMESTAMP.exec(value) : null
  if (!parts) {
    return typeof value === 'string' && /^[+-]\d/.test(value)
      ? new ValueProblem('RANGE', 'year outside 1 to 9999')
      : typeProblem('a timestamp')
  }
  return parts[1] === '0000' ? new ValueProblem('RANGE', 'year outside 1 to 9999') : findFractionProblem(parts[2], digits)
}

/** `YYYY-MM-DDTHH:mm:ss.SSSZ` of a year that is not 0000, by its separators. */
function isPlainIso(text: string): boolean {
  return (
    charCodeAt(text, 4) === 45 &&
    charCodeAt(text, 7) === 45 &&
    charCodeAt(text, 10) === 84 &&
    charCodeAt(text, 13) === 58 &&
    charCodeAt(text, 16) === 58 &&
    charCodeAt(text, 19) === 46 &&
    charCodeAt(text, 23) === 90 &&
    !text.startsWith('0000')
  )
}

/** Checks a logical date for years 1 to 9999. */
export function findDateProblem(value: unknown): ValueProblem | undefined {
  const parts = typeof value === 'string' ? DATE.exec(value) : null
  if (!parts) return typeProblem('a date')
  return parts[1] === '0000' ? new ValueProblem('RANGE', 'year outside 1 to 9999') : undefined
}

/** Checks a logical time of day for at most `digits` fraction digits that are not zero. */
export function findTimeProblem(value: unknown, digits: number): ValueProblem | undefined {
  const parts = typeof value === 'string' ? TIME.exec(value) : null
  return parts ? findFractionProblem(parts[1], digits) : typeProblem('a time')
}

function findFractionProblem(fraction: string | undefined, digits: number): ValueProblem | undefined {
  if (fraction === undefined || fraction.length <= digits || /^0*$/.test(fraction.slice(digits))) return undefined
  return new ValueProblem('PRECISION', `the column keeps ${digits} fraction digits of a second`)
}

/** One ISO text per instant, for `2025-08-31 10:00:00.12+00`, `2025-08-31 10:00:00` and ISO texts: at least 3 fraction digits, no zeros beyond. */
export function toCanonicalTimestamp(text: string): string {
  if (text.length === 24 && charCodeAt(text, 10) === 84 /* T */) return text
  // An era (`BC`) or a year of five digits cannot come from us: such a text stays as the engine tells it.
  if (charCodeAt(text, 4) !== 45 /* - */ || text.endsWith('BC')) return text
  const end = /(?:Z|[+-]00(?::?00)?)$/.exec(text)?.index ?? text.length
  const fraction = trimFraction(end > 20 ? text.slice(20, end) : '').padEnd(3, '0')
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`
}

/** `toCanonicalTimestamp` of a value that is a text. */
export const canonicalTimestamp: Codec['canonical'] = (stored) => toCanonicalTimestamp(String(stored))

/** `10:00:00.500000` and `10:00:00.5` give one text. */
export function toCanonicalTime(text: string): string {
  const point = text.indexOf('.')
  if (point < 0) return text
  const fraction = trimFraction(text.slice(point + 1))
  return fraction ? `${text.slice(0, point)}.${fraction}` : text.slice(0, point)
}

function trimFraction(fraction: string): string {
  let end = fraction.length
  while (end > 0 && charCodeAt(fraction, end - 1) === 48) end -= 1
  return end === fraction.length ? fraction : fraction.slice(0, end)
}
