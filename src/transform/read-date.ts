import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { isDate } from './iso-time.ts'
import { compileMoment } from './read-instant.ts'
import { openZone } from './time-zone.ts'

const DAY_MS = 86_400_000
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/

/**
 * Reads calendar days as `YYYY-MM-DD`. A time of day must be midnight, as its clock showed it, or in the declared zone for a Date;
 * anything else would be cut, and is a problem.
 */
export function compileDate(conversion: Conversion): (value: unknown) => string | ValueProblem | undefined {
  const read = compileMoment(conversion)
  const zone = conversion.zone === undefined ? undefined : openZone(conversion.zone)
  const plain = conversion.pattern === undefined
  return (value) => {
    if (value === null || value === undefined) return undefined
    const parts = plain && typeof value === 'string' ? DATE.exec(value) : null
    if (parts !== null) return isDate(Number(parts[1]), Number(parts[2]), Number(parts[3])) ? (value as string) : noDate()
    const moment = read(value)
    if (moment instanceof ValueProblem) return moment
    const shownMs = zone !== undefined && moment.zoned ? moment.ms + Math.round(zone.offset(moment.ms) * 60_000) : moment.shownMs
    if (shownMs % DAY_MS !== 0 || moment.beyondMs !== '')
      return new ValueProblem('PRECISION', 'has a time of day, which a date cannot hold')
    return new Date(shownMs).toISOString().slice(0, 10)
  }
}

function noDate(): ValueProblem {
  return new ValueProblem('DATE_INVALID', 'is no date of the calendar')
}
