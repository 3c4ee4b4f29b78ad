import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'

/** Reads text as it is: `00123`, `1E10`, `NULL` and '' stay. Numbers and booleans become text only with `parse`. */
export function compileText(conversion: Conversion): (value: unknown) => string | ValueProblem | undefined {
  const { trim, truncate, emptyAsNull } = conversion
  const read = conversion.parse === true ? readAnyText : readText
  if (trim !== true && truncate === undefined) return read
  return (value) => {
    const text = read(value)
    if (typeof text !== 'string') return text
    const trimmed = trim === true ? text.trim() : text
    if (trimmed === '' && emptyAsNull === true) return undefined
    return truncate === undefined || trimmed.length <= truncate ? trimmed : [...trimmed].slice(0, truncate).join('')
  }
}

function readText(value: unknown): string | ValueProblem | undefined {
  if (typeof value === 'string') return !isWellFormed(value) ? new ValueProblem('ENCODING', 'holds half of a surrogate pair') : value
  if (value === null || value === undefined) return undefined
  return new ValueProblem('TYPE', `is ${typeName(value)}, not text`)
}

/** Node 20 has it (https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/String/isWellFormed); the es2023 types do not. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function readAnyText(value: unknown): string | ValueProblem | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return new ValueProblem('NOT_FINITE', 'is NaN or infinite')
  if (Object.is(value, -0)) return new ValueProblem('NEGATIVE_ZERO', 'is -0, which has no text of its own')
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return readText(value)
}

/** What a value is, in a word or two; never the value. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a Date'
  if (value instanceof Map) return 'a Map'
  if (value instanceof Set) return 'a Set'
  if (value instanceof Uint8Array) return 'bytes'
  const type = typeof value
  if (type === 'string') return 'text'
  return type === 'object' ? 'an object' : `a ${type}`
}
