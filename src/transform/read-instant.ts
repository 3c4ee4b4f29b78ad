import { FerryError } from '../core/errors.ts'
import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { FIRST_MS, LAST_MS, parseIso } from './iso-time.ts'
import { loadLuxon } from './load-luxon.ts'
import { typeName } from './read-text.ts'
import { createToInstant, openZone, type ToInstant } from './time-zone.ts'

/** A moment, or a wall clock's time where no zone is known and none is needed. */
export interface Moment {
  /** ms since 1970; of the wall clock as if it were UTC where `zoned` is false. */
  readonly ms: number
  readonly beyondMs: string
  /** The instant is known, not only what a clock showed. */
  readonly zoned: boolean
  readonly hasTime: boolean
  /** What the clock showed, as if UTC, where the text had an offset of its own. */
  readonly shownMs: number
}

export type ReadMoment = (value: unknown) => Moment | ValueProblem

/** Reads moments from ISO text, Date, `{ $date }`, numbers of a declared epoch unit and texts of a declared pattern. Never guesses. */
export function compileMoment(conversion: Conversion): ReadMoment {
  const zone = conversion.zone === undefined ? undefined : createToInstant(openZone(conversion.zone), conversion.ambiguous)
  const readText = conversion.pattern === undefined ? (text: string) => readIso(text, zone) : compilePattern(conversion.pattern, zone)
  const { epoch } = conversion
  return (value) => {
    if (typeof value === 'string') return readText(value)
    if (value instanceof Date) return fromMs(value.getTime())
    if (typeof value === 'number' || typeof value === 'bigint') {
      return epoch === undefined ? new ValueProblem('TYPE', 'is a number; declare epoch: ms or s') : fromEpoch(Number(value), epoch)
    }
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '$date'))
      return fromDollarDate((value as { $date: unknown }).$date)
    return new ValueProblem('TYPE', `is ${typeName(value)}, not a time`)
  }
}

/** Refuses what has no text of four year digits. */
export function fromMs(ms: number, beyondMs = ''): Moment | ValueProblem {
  if (Number.isNaN(ms)) return new ValueProblem('DATE_INVALID', 'is an invalid Date')
  if (ms < FIRST_MS || ms > LAST_MS) return new ValueProblem('RANGE', 'is outside the years 1 to 9999')
  return { ms, beyondMs, zoned: true, hasTime: true, shownMs: ms }
}

function fromEpoch(value: number, epoch: 'ms' | 's'): Moment | ValueProblem {
  if (!Number.isFinite(value)) return new ValueProblem('NOT_FINITE', 'is NaN or infinite')
  const ms = epoch === 's' ? Math.round(value * 1000) : value
  if (!Number.isInteger(ms) || (epoch === 's' && ms / 1000 !== value)) return new ValueProblem('PRECISION', 'is finer than milliseconds')
  return fromMs(ms)
}

function fromDollarDate(value: unknown): Moment | ValueProblem {
  if (typeof value === 'string') return readIso(value, undefined)
  if (typeof value === 'number') return fromEpoch(value, 'ms')
  const long = typeof value === 'object' && value !== null ? (value as { $numberLong?: unknown }).$numberLong : undefined
  if (typeof long === 'string' && /^-?\d{1,16}$/.test(long)) return fromEpoch(Number(long), 'ms')
  return new ValueProblem('DATE_INVALID', 'has a $date that is no time')
}

function readIso(text: string, zone: ToInstant | undefined): Moment | ValueProblem {
  const iso = parseIso(text)
  if (iso === undefined) return new ValueProblem('DATE_INVALID', 'is no ISO 8601 date and time of the calendar')
  if (iso.beyondMs.length > 6) return new ValueProblem('PRECISION', 'has more than nine digits of a second')
  const { localMs, beyondMs, hasTime } = iso
  if (iso.offsetMinutes !== undefined) {
    const moment = fromMs(localMs - iso.offsetMinutes * 60_000, beyondMs)
    return moment instanceof ValueProblem ? moment : { ...moment, shownMs: localMs }
  }
  if (zone === undefined || !hasTime) return { ms: localMs, beyondMs, zoned: false, hasTime, shownMs: localMs }
  const instant = zone(localMs)
  if (instant instanceof ValueProblem) return instant
  const moment = fromMs(instant, beyondMs)
  return moment instanceof ValueProblem ? moment : { ...moment, shownMs: localMs }
}

/** Luxon's tokens; whether a pattern holds an offset or an hour is asked of luxon itself. */
function compilePattern(pattern: string, zone: ToInstant | undefined): (text: string) => Moment | ValueProblem {
  const tokens = pattern.replace(/'[^']*'/g, '')
  const hasOffset = /[zZxX]/.test(tokens)
  const hasTime = /[HhtTfFxX]/.test(tokens)
  // Luxon takes the current year where a pattern has none, which would make rows depend on the day of the run.
  if (!/[ykDfFxX]/.test(tokens)) {
    throw new FerryError('FERRY_DEFINITION_INVALID', `the pattern ${JSON.stringify(pattern)} has no year`, {
      hint: "Write luxon tokens, e.g. 'dd/MM/yyyy HH:mm'; times of day alone are of kind time.",
    })
  }
  const { DateTime } = loadLuxon()
  return (text) => {
    const read = DateTime.fromFormat(text, pattern, { zone: 'utc', locale: 'en-US', setZone: true })
    if (!read.isValid) return new ValueProblem('DATE_INVALID', 'does not fit the declared pattern, or is no date of the calendar')
    if (hasOffset) return fromMs(read.toMillis())
    const localMs = read.toMillis()
    if (zone === undefined || !hasTime) return { ms: localMs, beyondMs: '', zoned: false, hasTime, shownMs: localMs }
    const instant = zone(localMs)
    if (instant instanceof ValueProblem) return instant
    const moment = fromMs(instant)
    return moment instanceof ValueProblem ? moment : { ...moment, shownMs: localMs }
  }
}
