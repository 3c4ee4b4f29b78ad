import { type LogicalValue, ValueProblem } from '../core/row.ts'

/** The problem of a value that is not of the kind its column was compiled for. */
export function typeProblem(expected: string): ValueProblem {
  return new ValueProblem('TYPE', `not ${expected}`)
}

/** The integer itself where it lies between min and max (inclusive). */
export function checkInteger(value: LogicalValue, min: bigint, max: bigint): number | bigint | ValueProblem {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) return new ValueProblem('RANGE', 'not an integer that a number holds exactly')
    if (Object.is(value, -0)) return 0
  } else if (typeof value !== 'bigint') return typeProblem('an integer')
  return value < min || value > max ? new ValueProblem('RANGE', `outside ${min} to ${max}`) : value
}

const DECIMAL = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/

/** Plain decimal text without leading and trailing zeros, one text per number: `1.50` gives `1.5`. Texts that are no plain decimals (`NaN`) stay. */
export function normalizeDecimal(text: string): string {
  const parts = DECIMAL.exec(text)
  if (!parts) return text
  const [, sign = '', whole = '', fraction = ''] = parts
  const digits = `${whole || '0'}${fraction && `.${fraction}`}`
  return digits === '0' ? '0' : sign + digits
}

/** The shortest decimal text of a finite number, without an exponent. */
export function renderPlainNumber(value: number): string {
  const text = String(value)
  const at = text.indexOf('e')
  if (at < 0) return text === '-0' ? '0' : text
  const exponent = Number(text.slice(at + 1))
  const negative = text.startsWith('-')
  const [whole = '', fraction = ''] = text.slice(negative ? 1 : 0, at).split('.')
  const digits = whole + fraction
  const point = whole.length + exponent
  const plain =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : point >= digits.length
        ? digits.padEnd(point, '0')
        : `${digits.slice(0, point)}.${digits.slice(point)}`
  return negative ? `-${plain}` : plain
}

/** Decimal text of an integer, a finite number or a decimal; a problem for anything else. */
export function toDecimalText(value: LogicalValue): string | ValueProblem {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? renderPlainNumber(value) : new ValueProblem('NOT_FINITE', 'not a finite number')
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return normalizeDecimal(value)
  return typeProblem('a decimal')
}

/** The decimal where `numeric(precision, scale)` holds every digit of it. */
export function checkDecimal(value: LogicalValue, precision: number, scale: number): string | ValueProblem {
  const text = toDecimalText(value)
  if (text instanceof ValueProblem) return text
  const point = text.indexOf('.')
  const whole = (point < 0 ? text.length : point) - (text.startsWith('-') ? 1 : 0)
  const fraction = point < 0 ? 0 : text.length - point - 1
  if (fraction > scale) return new ValueProblem('PRECISION', `more than ${scale} digits after the point`)
  const wholeDigits = text.startsWith('0') || text.startsWith('-0') ? 0 : whole
  if (wholeDigits > precision - scale) return new ValueProblem('RANGE', `more than ${precision - scale} digits before the point`)
  return text
}

/** The shortest decimal that a 4-byte float prints for `value`, as a number; what clients read back from a `real` column. */
export function toShortestFloat32(value: number): number {
  const rounded = Math.fround(value)
  if (!Number.isFinite(rounded) || rounded === 0) return rounded
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(rounded.toPrecision(digits))
    if (Math.fround(short) === rounded) return short
  }
  return Number(rounded.toPrecision(9))
}
