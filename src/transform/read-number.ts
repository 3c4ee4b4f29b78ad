import { ValueProblem } from '../core/row.ts'
import { typeName } from './read-text.ts'

const WHOLE = /^-?\d+$/
const NUMERIC = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const WORDS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...[1, 1n, '1', 'true', 'yes', 'y', 't', 'on'].map((word): [unknown, boolean] => [word, true]),
  ...[0, 0n, '0', 'false', 'no', 'n', 'f', 'off'].map((word): [unknown, boolean] => [word, false]),
])

/** Why a number that is not finite, or is -0, has no stored form; undefined for any other. */
export function findNumberProblem(value: number): ValueProblem | undefined {
  if (!Number.isFinite(value)) return new ValueProblem('NOT_FINITE', 'is NaN or infinite')
  if (Object.is(value, -0)) return new ValueProblem('NEGATIVE_ZERO', 'is -0, which would be stored as 0')
  return undefined
}

/** Reads whole numbers: `integer` up to 2^53, `bigint` of any size. A fraction, or a float whose last digits are unsure, is a problem. */
export function compileWhole(kind: 'integer' | 'bigint', parse: boolean): (value: unknown) => number | bigint | ValueProblem | undefined {
  return (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && (value !== 0 || !Object.is(value, -0))) return value
    if (value === null || value === undefined) return undefined
    return readOddWhole(value, { kind, parse })
  }
}

function readOddWhole(value: unknown, { kind, parse }: { kind: 'integer' | 'bigint'; parse: boolean }): number | bigint | ValueProblem {
  if (typeof value === 'number') {
    const problem = findNumberProblem(value)
    if (problem !== undefined) return problem
    if (Number.isInteger(value)) return new ValueProblem('RANGE', 'is beyond 2^53, where a number no longer holds every digit')
    return new ValueProblem('PRECISION', 'has a fraction')
  }
  if (typeof value === 'bigint') return fitKind(value, kind)
  const text = typeof value === 'string' && parse ? value.trim() : wrapped(value, ['$numberLong', '$numberInt'])
  if (text === undefined) return new ValueProblem('TYPE', `is ${typeName(value)}, not a whole number`)
  if (!WHOLE.test(text)) return new ValueProblem('TYPE', 'is text that is not a whole number')
  if (/^-0+$/.test(text)) return new ValueProblem('NEGATIVE_ZERO', 'is -0, which would be stored as 0')
  return fitKind(BigInt(text), kind)
}

function fitKind(value: bigint, kind: 'integer' | 'bigint'): number | bigint | ValueProblem {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  return kind === 'bigint' ? value : new ValueProblem('RANGE', 'is beyond 2^53; declare the column bigint')
}

/** The text inside MongoDB's extended JSON, e.g. `{ "$numberLong": "12" }`. */
export function wrapped(value: unknown, names: readonly string[]): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const name of names) {
    const inner = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
    if (typeof inner === 'string') return inner
  }
  return undefined
}

/** Reads 64-bit floats as they are. */
export function compileFloat(parse: boolean): (value: unknown) => number | ValueProblem | undefined {
  return (value) => {
    if (typeof value === 'number') return findNumberProblem(value) ?? value
    if (value === null || value === undefined) return undefined
    if (typeof value === 'bigint')
      return BigInt(Number(value)) === value ? Number(value) : new ValueProblem('PRECISION', 'has more digits than a float')
    const text = typeof value === 'string' && parse ? value.trim() : wrapped(value, ['$numberDouble'])
    if (text === undefined) return new ValueProblem('TYPE', `is ${typeName(value)}, not a number`)
    if (!NUMERIC.test(text)) return new ValueProblem('TYPE', 'is text that is not a number')
    const number = Number(text)
    return findNumberProblem(number) ?? number
  }
}

/** Reads booleans; with `parse` also 0 and 1 and the usual words in any case. */
export function compileBoolean(parse: boolean): (value: unknown) => boolean | ValueProblem | undefined {
  return (value) => {
    if (typeof value === 'boolean') return value
    if (value === null || value === undefined) return undefined
    const known = parse ? WORDS.get(typeof value === 'string' ? value.trim().toLowerCase() : value) : undefined
    return known ?? new ValueProblem('TYPE', `is ${typeName(value)}, not a boolean`)
  }
}
