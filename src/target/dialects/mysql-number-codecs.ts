import { type LogicalValue, type ValueKind, ValueProblem } from '../../core/row.ts'
import type { CodecForm, CreateForm } from '../codec-form.ts'
import { checkDecimal, checkInteger, normalizeDecimal, toDecimalText, typeProblem } from '../codec-number.ts'
import { findTimestampProblem, toCanonicalTimestamp } from '../codec-time.ts'
import type { ColumnInfo } from '../target.ts'

const BITS: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, mediumint: 24n, int: 32n, bigint: 64n }

function rangeOf(column: ColumnInfo): readonly [bigint, bigint] {
  const bits = BITS[/^[a-z]+/.exec(column.type)?.[0] ?? ''] ?? 32n
  return column.unsigned ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
}

const integerForm: CreateForm = (column) => {
  const [min, max] = rangeOf(column)
  return { encode: (value) => checkInteger(value, min, max), canonical: String }
}

const decimalAsInteger: CreateForm = (column) => {
  const [min, max] = rangeOf(column)
  return {
    encode(value) {
      const text = checkDecimal(value, 20, 0)
      return text instanceof ValueProblem ? text : checkInteger(BigInt(text), min, max)
    },
    canonical: String,
  }
}

const booleanForm: CreateForm = () => ({
  encode: (value) => (typeof value === 'boolean' ? Number(value) : typeProblem('a boolean')),
  canonical: String,
})

const epochForm: CreateForm = (column) => {
  if (!column.type.startsWith('bigint')) return decimalAsInteger(column, 'timestamp')
  const [min, max] = rangeOf(column)
  return {
    encode: (value) => findTimestampProblem(value, 3) ?? checkInteger(Date.parse(String(value)), min, max),
    canonical: (stored) => toCanonicalTimestamp(new Date(Number(stored)).toISOString()),
  }
}

export const yearForm: CreateForm = () => ({
  encode: (value) => checkInteger(value, 1901n, 2155n),
  canonical: String,
})

/** bit(1): one byte, for LOAD DATA would take a text's character code. */
export const bitForm: CreateForm = () => ({
  encode: (value) => (typeof value === 'boolean' ? Buffer.from([Number(value)]) : typeProblem('a boolean')),
  canonical: (stored) => (stored instanceof Uint8Array && stored.at(-1) === 1 ? '1' : '0'),
})

const decimalForm: CreateForm = (column) => {
  const { precision = 10, scale = 0, unsigned } = column
  return {
    encode(value) {
      const text = checkDecimal(value, precision, scale)
      return unsigned && typeof text === 'string' && text.startsWith('-') ? new ValueProblem('RANGE', 'below zero') : text
    },
    canonical: (stored) => normalizeDecimal(String(stored)),
  }
}

/** What a client reads of a float column: six digits; of `float(m,d)` and `double(m,d)` d digits after the point. */
function readBack(column: ColumnInfo, value: number): number {
  const single = column.type.startsWith('float')
  const [, width, places] = /\((\d+),(\d+)\)/.exec(column.type) ?? []
  if (places !== undefined) {
    const kept = Number((single ? Math.fround(value) : value).toFixed(Number(places)))
    return Math.abs(kept) < 10 ** (Number(width) - Number(places)) ? kept : Number.POSITIVE_INFINITY
  }
  if (!single) return value
  const short = Number(value.toPrecision(6))
  return Number.isFinite(Math.fround(value)) ? short : Number.POSITIVE_INFINITY
}

const floatForm: CreateForm = (column) => {
  const exact = column.type.startsWith('float') && !column.type.includes('(')
  const form: CodecForm = {
    encode(value) {
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number') return typeProblem('a number')
      if (!Number.isFinite(number)) return new ValueProblem('NOT_FINITE', 'the engine has no NaN and no infinity')
      if (Object.is(number, -0)) return new ValueProblem('NEGATIVE_ZERO', 'negative zero')
      if (column.unsigned && number < 0) return new ValueProblem('RANGE', 'below zero')
      const back = readBack(column, number)
      if (!Number.isFinite(back)) return new ValueProblem('RANGE', 'larger than the column holds')
      const same = back === number && (typeof value !== 'bigint' || BigInt(number) === value)
      return same ? number : new ValueProblem('PRECISION', 'more digits than the column gives back')
    },
    canonical: (stored) => String(exact ? Math.fround(Number(stored)) : Number(stored)),
  }
  // A plain SELECT rounds a float to six digits; as a double it is whole.
  return exact ? { ...form, select: (quoted) => `(${quoted} + 0e0)` } : form
}

const decimalAsFloat: CreateForm = (column, kind) => {
  const form = floatForm(column, kind)
  return {
    ...form,
    encode(value: LogicalValue) {
      const number = Number(value)
      const stored = form.encode(number)
      if (stored instanceof ValueProblem) return stored
      return toDecimalText(number) === toDecimalText(value) ? stored : new ValueProblem('PRECISION', 'more digits than a float holds')
    },
  }
}

type Kinds = Partial<Record<ValueKind, CreateForm>>

export const integerKinds: Kinds = {
  integer: integerForm,
  bigint: integerForm,
  decimal: decimalAsInteger,
  boolean: booleanForm,
  timestamp: epochForm,
}
export const decimalKinds: Kinds = { decimal: decimalForm, integer: decimalForm, bigint: decimalForm, float: decimalForm }
export const floatKinds: Kinds = { float: floatForm, integer: floatForm, bigint: floatForm, decimal: decimalAsFloat }
