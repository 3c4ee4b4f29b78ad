export const DAY_MICROS = 86_400_000_000

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const ZERO = 48
const DASH = 45
const POINT = 46
const COLON = 58
const LETTER_T = 84
const LETTER_Z = 90

/** Days from 2000-01-01 of the ten bytes `YYYY-MM-DD` at a place; undefined where they are no day of the calendar (years 1 to 9999). */
export function readIsoDays(bytes: Uint8Array, at: number): number | undefined {
  const year = digits(bytes, at, 4)
  const month = digits(bytes, at + 5, 2)
  const day = digits(bytes, at + 8, 2)
  if (year < 1 || month < 1 || month > 12 || day < 1 || bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return undefined
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (day > (MONTH_DAYS[month - 1] ?? 0) || (month === 2 && day === 29 && !isLeap)) return undefined
  // Years from March, so that the leap day is the last (howardhinnant.github.io/date_algorithms.html, days_from_civil).
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 730_425
}

/** Microseconds of the day of the bytes `YYYY-MM-DDTHH:mm:ss[.f]Z` from `at` to `end`, up to six fraction digits; -1 for all others. */
export function readIsoTime(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at
  if (length < 20 || length > 27 || bytes[at + 10] !== LETTER_T || bytes[at + 13] !== COLON || bytes[at + 16] !== COLON) return -1
  if (bytes[end - 1] !== LETTER_Z) return -1
  const hour = digits(bytes, at + 11, 2)
  const minute = digits(bytes, at + 14, 2)
  const second = digits(bytes, at + 17, 2)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1
  let micros = 0
  if (length > 20) {
    const count = length - 21
    micros = bytes[at + 19] === POINT && count > 0 ? digits(bytes, at + 20, count) : -1
    if (micros < 0) return -1
    for (let scale = count; scale < 6; scale += 1) micros *= 10
  }
  return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
}

/** The number of `count` digits at `from`; negative where one is no digit. */
function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
