import { charCodeAt } from '../core/char-code-at.ts'

/** A point of the proleptic Gregorian calendar as written, with what the text says of its zone. */
export interface IsoTime {
  /** As if the text were UTC; ms since 1970. */
  readonly localMs: number
  /** Digits of the second's fraction beyond milliseconds, without trailing zeros. */
  readonly beyondMs: string
  /** Minutes east of UTC, or undefined where the text has no offset. */
  readonly offsetMinutes: number | undefined
  /** False for a date alone. */
  readonly hasTime: boolean
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?(?: ?(Z|z|[+-]\d\d(?::?\d\d)?))?)?$/

/** Parses ISO 8601 text of a calendar date with or without time and offset. undefined: another form, or no date of the calendar. */
export function parseIso(text: string): IsoTime | undefined {
  const parts = ISO.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone] = parts
  if (!isDate(Number(year), Number(month), Number(day)) || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) {
    return undefined
  }
  const offsetMinutes = parseOffset(zone)
  if (zone !== undefined && offsetMinutes === undefined) return undefined
  const seconds = Number(hour ?? 0) * 3600 + Number(minute ?? 0) * 60 + Number(second ?? 0)
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'))
  return {
    localMs: daysFromCivil(Number(year), Number(month), Number(day)) * 86_400_000 + seconds * 1000 + ms,
    beyondMs: fraction.slice(3).replace(/0+$/, ''),
    offsetMinutes,
    hasTime: hour !== undefined,
  }
}

/** True for `YYYY-MM-DDTHH:mm:ss.SSSZ` of the calendar: the form that needs no change. */
export function isCanonicalTimestamp(text: string): boolean {
  if (text.length !== 24) return false
  if (charCodeAt(text, 23) !== 90 || charCodeAt(text, 10) !== 84 || charCodeAt(text, 4) !== 45 || charCodeAt(text, 7) !== 45) return false
  if (charCodeAt(text, 13) !== 58 || charCodeAt(text, 16) !== 58 || charCodeAt(text, 19) !== 46) return false
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const ms = twoDigits(text, 20) * 10 + twoDigits(text, 22, 1)
  if (!(ms >= 0)) return false
  return (
    isDate(year, twoDigits(text, 5), twoDigits(text, 8)) && twoDigits(text, 11) < 24 && twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60
  )
}

/** Whether a year, month and day are a date of the calendar; false for NaN. */
export function isDate(year: number, month: number, day: number): boolean {
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return false
  if (day <= 28) return true
  if (month === 2) return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31)
}

/** The number `count` digits stand for; NaN where one is no digit. */
function twoDigits(text: string, at: number, count = 2): number {
  const first = charCodeAt(text, at) - 48
  if (!(first >= 0 && first <= 9)) return Number.NaN
  if (count === 1) return first
  const second = charCodeAt(text, at + 1) - 48
  return second >= 0 && second <= 9 ? first * 10 + second : Number.NaN
}

function parseOffset(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 18 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** Days since 1970-01-01 (http://howardhinnant.github.io/date_algorithms.html#days_from_civil); years below 100 are what they say. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** Years 1 to 9999, the ones with a text of four digits. */
export const FIRST_MS = -62_135_596_800_000
export const LAST_MS = 253_402_300_799_999
