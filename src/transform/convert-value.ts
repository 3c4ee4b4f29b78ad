import { type LogicalValue, ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { readBytes, readUuid } from './read-binary.ts'
import { compileDate } from './read-date.ts'
import { compileDecimal } from './read-decimal.ts'
import { compileJson } from './read-json.ts'
import { compileBoolean, compileFloat, compileWhole } from './read-number.ts'
import { compileText } from './read-text.ts'
import { compileTimeOfDay } from './read-time-of-day.ts'
import { compileTimestamp } from './read-timestamp.ts'

/** Reads a source value as a kind. undefined: absent (null, undefined, and '' where declared). */
export type Convert = (value: unknown) => LogicalValue | ValueProblem | undefined

/**
 * Compiles a declared conversion. Nothing is widened, rounded or cut unless it says so.
 * @throws FERRY_DEFINITION_INVALID for a time zone or pattern that cannot be used
 */
export function compileConversion(conversion: Conversion): Convert {
  const convert = conversion.values === undefined ? compileKind(conversion) : compileEnum(conversion.values)
  if (conversion.emptyAsNull !== true) return convert
  return (value) => (value === '' ? undefined : convert(value))
}

function compileEnum(values: NonNullable<Conversion['values']>): Convert {
  const takesNull = values.has(null)
  return (value) => {
    if (value === undefined || (value === null && !takesNull)) return undefined
    const target = values.get(value as string)
    return target === undefined ? new ValueProblem('ENUM', 'is none of the values that are mapped') : target
  }
}

function compileKind(conversion: Conversion): Convert {
  const parse = conversion.parse === true
  switch (conversion.kind) {
    case 'text':
      return compileText(conversion)
    case 'integer':
    case 'bigint':
      return compileWhole(conversion.kind, parse)
    case 'float':
      return compileFloat(parse)
    case 'boolean':
      return compileBoolean(parse)
    case 'decimal':
      return compileDecimal(conversion)
    case 'timestamp':
      return compileTimestamp(conversion)
    case 'date':
      return compileDate(conversion)
    case 'time':
      return compileTimeOfDay(conversion)
    case 'uuid':
      return (value) => readUuid(value, parse)
    case 'bytes':
      return (value) => readBytes(value, parse)
    case 'json':
      return compileJson(parse)
  }
}
