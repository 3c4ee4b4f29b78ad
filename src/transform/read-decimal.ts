import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { findNumberProblem, wrapped } from './read-number.ts'
import { typeName } from './read-text.ts'

const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?$/
const EXPONENT = /^(-?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,4})$/

/** Below it, the quotient of a whole number and a power of ten has one shortest text: 15 digits always survive a 64-bit float. */
const SURE_DIGITS = 1e15

/** An exact decimal: sign, digits before the point (no leading zeros but one), digits after it (no trailing zeros). */
export interface Decimal {
  readonly negative: boolean
  readonly whole: string
  readonly fraction: string
}

/**
 * Reads exact decimals from numbers (the shortest text that gives the same float back), bigints and decimal texts.
 * More digits than `scale` are a problem unless `round` is declared. `scaled`: a whole number of 10^-scale units.
 */
export function compileDecimal(conversion: Conversion): (value: unknown) => string | number | bigint | ValueProblem | undefined {
  const { scale, scaled, round } = conversion
  const exponents = conversion.parse === true
  const factor = scale !== undefined && scale <= 15 ? 10 ** scale : 0
  return (value) => {
    if (value === null || value === undefined) return undefined
    if (scaled === true && factor > 0 && typeof value === 'number') {
      const units = Math.round(value * factor)
      if (units !== 0 && units < SURE_DIGITS && units > -SURE_DIGITS && units / factor === value) return units
    }
    const read = readDecimal(value, exponents)
    if (read instanceof ValueProblem) return read
    const decimal = scale === undefined ? read : toScale(read, { scale, round })
    if (decimal instanceof ValueProblem) return decimal
    return scaled === true ? toUnits(decimal, scale ?? 0) : renderDecimal(decimal)
  }
}

/** The exact decimal of a value; numbers by their shortest text. */
export function readDecimal(value: unknown, exponents: boolean): Decimal | ValueProblem {
  if (typeof value === 'number') return findNumberProblem(value) ?? parseDecimal(String(value), true)
  if (typeof value === 'bigint') return parseDecimal(String(value), false)
  const text = typeof value === 'string' ? value : wrapped(value, ['$numberDecimal', '$numberLong', '$numberInt', '$numberDouble'])
  if (text === undefined) return new ValueProblem('TYPE', `is ${typeName(value)}, not a number`)
  return parseDecimal(exponents ? text.trim() : text, exponents || typeof value !== 'string')
}

function parseDecimal(text: string, exponents: boolean): Decimal | ValueProblem {
  const plain = DECIMAL.exec(text)
  if (plain !== null) return normalize(plain[1] === '-', plain[2] ?? '', plain[3] ?? '')
  const parts = exponents ? EXPONENT.exec(text) : null
  if (parts === null) return new ValueProblem('TYPE', 'is text that is not a decimal number')
  const digits = `${parts[2] ?? ''}${parts[3] ?? ''}`
  const point = (parts[2] ?? '').length + Number(parts[4])
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const at = Math.max(point, 1)
  return normalize(parts[1] === '-', padded.slice(0, at), padded.slice(at))
}

function normalize(negative: boolean, whole: string, fraction: string): Decimal {
  const short = whole.replace(/^0+(?=\d)/, '')
  const kept = fraction.replace(/0+$/, '')
  return { negative: negative && (short !== '0' || kept !== ''), whole: short, fraction: kept }
}

/** Plain text: `-12.5`. */
export function renderDecimal({ negative, whole, fraction }: Decimal): string {
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function toScale(decimal: Decimal, { scale, round }: { scale: number; round: Conversion['round'] }): Decimal | ValueProblem {
  const { negative, whole, fraction } = decimal
  if (fraction.length <= scale) return decimal
  if (round === undefined) return new ValueProblem('PRECISION', `has more than ${scale} digits after the point; declare round to allow it`)
  const kept = BigInt(whole + fraction.slice(0, scale))
  const digits = String(kept + (roundsUp(kept, fraction.slice(scale), round) ? 1n : 0n)).padStart(scale + 1, '0')
  return normalize(negative, digits.slice(0, digits.length - scale), digits.slice(digits.length - scale))
}

/** Away from zero, of the magnitude. `rest` has no trailing zeros, so it is a half only as `5`. */
function roundsUp(kept: bigint, rest: string, round: NonNullable<Conversion['round']>): boolean {
  if (round === 'down') return false
  if (rest === '5') return round === 'half-up' || kept % 2n === 1n
  return rest >= '5'
}

function toUnits({ negative, whole, fraction }: Decimal, scale: number): number | bigint {
  const units = BigInt(`${negative ? '-' : ''}${whole}${fraction.padEnd(scale, '0')}`)
  const number = Number(units)
  return Number.isSafeInteger(number) ? number : units
}
