import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { loadLuxon } from './load-luxon.ts'
import { typeName } from './read-text.ts'

const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/

/** Reads times of day as `HH:mm:ss`, with a fraction where there is one: from `HH:mm[:ss[.f]]`, or a declared pattern. */
export function compileTimeOfDay(conversion: Conversion): (value: unknown) => string | ValueProblem | undefined {
  const { pattern } = conversion
  const readPattern = pattern === undefined ? undefined : compileTimePattern(pattern)
  return (value) => {
    if (value === null || value === undefined) return undefined
    if (typeof value !== 'string') return new ValueProblem('TYPE', `is ${typeName(value)}, not a time of day`)
    if (readPattern !== undefined) return readPattern(value)
    const parts = TIME.exec(value)
    if (parts === null || Number(parts[1]) > 23 || Number(parts[2]) > 59 || Number(parts[3] ?? 0) > 59) {
      return new ValueProblem('DATE_INVALID', 'is no time of day')
    }
    const fraction = (parts[4] ?? '').replace(/0+$/, '')
    return `${parts[1]}:${parts[2]}:${parts[3] ?? '00'}${fraction === '' ? '' : `.${fraction.padEnd(3, '0')}`}`
  }
}

function compileTimePattern(pattern: string): (text: string) => string | ValueProblem {
  const { DateTime } = loadLuxon()
  return (text) => {
    const read = DateTime.fromFormat(text, pattern, { zone: 'utc', locale: 'en-US' })
    if (!read.isValid) return new ValueProblem('DATE_INVALID', 'does not fit the declared pattern')
    return read.toFormat(read.millisecond === 0 ? 'HH:mm:ss' : 'HH:mm:ss.SSS')
  }
}
