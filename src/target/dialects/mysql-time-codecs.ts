import { ValueProblem } from '../../core/row.ts'
import type { CreateForm } from '../codec-form.ts'
import { canonicalTimestamp, findDateProblem, findTimeProblem, findTimestampProblem, toCanonicalTime } from '../codec-time.ts'
import type { ColumnInfo } from '../target.ts'

/** Digits of `datetime(3)`: 3; without an argument 0. */
function digitsOf(column: ColumnInfo): number {
  return Number(/\((\d)\)/.exec(column.type)?.[1] ?? 0)
}

/** `2025-08-31T10:00:00.123Z` as `2025-08-31 10:00:00.123`, cut to the column's digits (zeros beyond, as was checked). */
function toStoredTimestamp(text: string, digits: number): string {
  const fraction = text.length > 20 ? text.slice(20, -1).slice(0, digits) : ''
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction && `.${fraction}`}`
}

/** DATETIME has no zone: it holds the digits of UTC. The manual supports years 1000 to 9999. */
export const datetimeForm: CreateForm = (column) => {
  const digits = digitsOf(column)
  return {
    encode(value) {
      const problem = findTimestampProblem(value, digits)
      if (problem !== undefined) return problem
      const text = value as string
      return text < '1000' ? new ValueProblem('RANGE', 'before the year 1000') : toStoredTimestamp(text, digits)
    },
    canonical: canonicalTimestamp,
  }
}

/** TIMESTAMP counts 31 bits of seconds; 0 is its zero date. */
export const timestampForm: CreateForm = (column) => {
  const digits = digitsOf(column)
  return {
    encode(value) {
      const problem = findTimestampProblem(value, digits)
      if (problem !== undefined) return problem
      const text = value as string
      return text < '1970-01-01T00:00:01' || text >= '2038-01-19T03:14:08'
        ? new ValueProblem('RANGE', 'outside 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC')
        : toStoredTimestamp(text, digits)
    },
    canonical: canonicalTimestamp,
  }
}

export const dateForm: CreateForm = () => ({
  encode(value) {
    const problem = findDateProblem(value)
    if (problem !== undefined) return problem
    const text = value as string
    return text < '1000' ? new ValueProblem('RANGE', 'before the year 1000') : text
  },
  canonical: String,
})

export const timeForm: CreateForm = (column) => {
  const digits = digitsOf(column)
  return {
    encode(value) {
      const problem = findTimeProblem(value, digits)
      if (problem !== undefined) return problem
      const text = value as string
      return digits === 0 ? text.slice(0, 8) : text.slice(0, 9 + digits)
    },
    canonical: (stored) => toCanonicalTime(String(stored)),
  }
}
