import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { isCanonicalTimestamp } from './iso-time.ts'
import { compileMoment, type Moment } from './read-instant.ts'

/** Reads instants as UTC text `YYYY-MM-DDTHH:mm:ss.SSSZ`, with up to nine fraction digits where the source has more. */
export function compileTimestamp(conversion: Conversion): (value: unknown) => string | ValueProblem | undefined {
  const read = compileMoment(conversion)
  const plain = conversion.pattern === undefined
  return (value) => {
    if (plain && typeof value === 'string' && isCanonicalTimestamp(value)) return value
    if (value === null || value === undefined) return undefined
    const moment = read(value)
    return moment instanceof ValueProblem ? moment : renderInstant(moment, conversion.zone !== undefined)
  }
}

function renderInstant({ ms, beyondMs, zoned, hasTime }: Moment, hasZone: boolean): string | ValueProblem {
  if (!hasTime && !hasZone) return new ValueProblem('DATE_INVALID', 'is a date without a time')
  if (!hasTime) return new ValueProblem('DATE_INVALID', 'is a date without a time; declare the column date')
  if (!zoned) return new ValueProblem('DATE_ZONE', 'has no offset and no zone is declared')
  const text = new Date(ms).toISOString()
  return beyondMs === '' ? text : `${text.slice(0, -1)}${beyondMs}Z`
}
