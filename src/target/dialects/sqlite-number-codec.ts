import { ValueProblem } from '../../core/row.ts'
import type { SqliteEncoder, SqliteSlot } from './sqlite-slot.ts'

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
/** Every decimal of so many digits survives the way through a REAL (https://www.sqlite.org/floatingpoint.html). */
const REAL_DIGITS = 15

/** Encoders of integer, bigint, float, decimal and boolean; undefined where the column cannot hold the kind. */
export function createNumberEncoder(slot: SqliteSlot): SqliteEncoder | undefined {
  const { column, kind, affinity, strict } = slot
  if (strict && (affinity === 'text' || (affinity === 'blob' && column.type === 'blob'))) {
    return kind === 'decimal' && affinity === 'text' ? createDecimalEncoder(slot) : undefined
  }
  if (column.autoIncrement && (kind === 'float' || kind === 'decimal')) return undefined
  if (kind === 'boolean') return createBooleanEncoder(slot)
  if (kind === 'float') return createFloatEncoder(slot)
  if (kind === 'decimal') return createDecimalEncoder(slot)
  return createIntegerEncoder(slot)
}

function createBooleanEncoder({ affinity }: SqliteSlot): SqliteEncoder | undefined {
  if (affinity === 'text') return undefined
  // Bound as BigInt: a JS number is bound as REAL, and a column without affinity would keep 1.0.
  if (affinity === 'blob') return (value) => (typeof value === 'boolean' ? (value ? 1n : 0n) : notOfKind('a boolean'))
  return (value) => (typeof value === 'boolean' ? (value ? 1 : 0) : notOfKind('a boolean'))
}

function createIntegerEncoder(slot: SqliteSlot): SqliteEncoder {
  const { affinity } = slot
  const fits = createDigitsCheck(slot)
  return (value) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return notOfKind('an integer')
    if (typeof value === 'number') {
      if (!Number.isInteger(value)) return notOfKind('an integer')
      if (!Number.isSafeInteger(value)) return new ValueProblem('PRECISION', 'the integer is beyond 2^53, where a number is not exact')
      if (Object.is(value, -0)) return new ValueProblem('NEGATIVE_ZERO', 'an integer column has no negative zero')
    } else if (value > MAX_INT64 || value < MIN_INT64) return new ValueProblem('RANGE', 'the integer does not fit 64 bits')
    const problem = fits(value)
    if (problem !== undefined) return problem
    if (affinity === 'text') return String(value)
    if (affinity === 'blob') return BigInt(value)
    if (affinity === 'real' && typeof value === 'bigint') {
      if (BigInt(Number(value)) !== value || !Number.isSafeInteger(Number(value)))
        return new ValueProblem('PRECISION', 'the integer is beyond 2^53, and the column is a floating point number')
      return Number(value)
    }
    return value
  }
}

/** Declared precision: numeric(10,2) has room for eight digits before the point. varchar(n): for n signs. */
function createDigitsCheck({ column, affinity }: SqliteSlot): (value: number | bigint) => ValueProblem | undefined {
  const { precision, scale = 0, maxLength } = column
  if (affinity === 'text' && maxLength !== undefined)
    return (value) => (String(value).length > maxLength ? new ValueProblem('LENGTH', `longer than ${maxLength} characters`) : undefined)
  if (precision === undefined) return () => undefined
  const limit = 10n ** BigInt(Math.max(0, precision - scale))
  return (value) =>
    BigInt(value) >= limit || BigInt(value) <= -limit
      ? new ValueProblem('RANGE', `more than ${precision - scale} digits before the point`)
      : undefined
}

function createFloatEncoder({ affinity, column }: SqliteSlot): SqliteEncoder {
  const { maxLength } = column
  return (value) => {
    if (typeof value !== 'number') return notOfKind('a number')
    if (!Number.isFinite(value)) return new ValueProblem('NOT_FINITE', 'SQLite stores no NaN and no Infinity')
    if (Object.is(value, -0)) return new ValueProblem('NEGATIVE_ZERO', 'SQLite stores no negative zero')
    if (affinity === 'integer' && !Number.isInteger(value)) return new ValueProblem('AFFINITY', 'a fraction in an integer column')
    if (affinity !== 'text') return value
    const text = String(value)
    return maxLength !== undefined && text.length > maxLength ? new ValueProblem('LENGTH', `longer than ${maxLength} characters`) : text
  }
}

function createDecimalEncoder({ affinity, column }: SqliteSlot): SqliteEncoder {
  const { precision, scale = 0, maxLength } = column
  const limit = precision === undefined ? 1e15 : 10 ** Math.min(15, precision - scale)
  const isNumber = affinity === 'numeric' || affinity === 'real'
  return (value) => {
    if (isNumber && typeof value === 'string') {
      const number = Number(value)
      if (isShortDecimal(value, number) && Math.abs(number) < limit && (precision === undefined || countFraction(value) <= scale))
        return number
    }
    const parts = typeof value === 'string' ? /^-?(\d+)(?:\.(\d+))?$/.exec(value) : null
    if (typeof value !== 'string' || parts === null) return notOfKind('a decimal')
    const whole = parts[1] === '0' ? '' : (parts[1] ?? '')
    const fraction = parts[2] ?? ''
    if (precision !== undefined && fraction.length > scale)
      return new ValueProblem('PRECISION', `more than ${scale} digits after the point`)
    if (precision !== undefined && whole.length > precision - scale)
      return new ValueProblem('RANGE', `more than ${precision - scale} digits before the point`)
    if (affinity === 'text' || affinity === 'blob')
      return maxLength !== undefined && value.length > maxLength ? new ValueProblem('LENGTH', `longer than ${maxLength} characters`) : value
    if (fraction === '' && affinity !== 'real') return encodeWhole(value)
    if (affinity === 'integer') return new ValueProblem('AFFINITY', 'a fraction in an integer column')
    return encodeReal(value, `${whole}${fraction}`)
  }
}

/** The common case, decided without taking the text apart: at most 15 digits, no exponent in its shortest form. */
function isShortDecimal(text: string, value: number): boolean {
  if (text.length > REAL_DIGITS || String(value) !== text) return false
  const size = Math.abs(value)
  return value === 0 || (size >= 1e-6 && size < 1e15)
}

function countFraction(text: string): number {
  const point = text.indexOf('.')
  return point < 0 ? 0 : text.length - point - 1
}

function encodeWhole(text: string): bigint | number | ValueProblem {
  const whole = BigInt(text)
  if (text === '-0') return new ValueProblem('NEGATIVE_ZERO', 'SQLite stores no negative zero')
  if (whole >= MIN_INT64 && whole <= MAX_INT64) return whole
  return new ValueProblem('RANGE', 'the decimal does not fit a 64-bit integer, and as a floating point number it would lose digits')
}

function encodeReal(text: string, digits: string): number | ValueProblem {
  const value = Number(text)
  if (Object.is(value, -0)) return new ValueProblem('NEGATIVE_ZERO', 'SQLite stores no negative zero')
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '')
  if (significant.length > REAL_DIGITS || renderPlain(value) !== text)
    return new ValueProblem(
      'PRECISION',
      `more than ${REAL_DIGITS} significant digits in a floating point column; use text or a scaled integer`,
    )
  return value
}

/** The shortest text of a number without exponent. */
function renderPlain(value: number): string {
  const text = String(value)
  const found = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (found === null) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found
  const shift = Number(exponent)
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`
  return `${sign}${whole}${fraction}${'0'.repeat(Math.max(0, shift - fraction.length))}`
}

function notOfKind(what: string): ValueProblem {
  return new ValueProblem('TYPE', `the value is not ${what}`)
}
