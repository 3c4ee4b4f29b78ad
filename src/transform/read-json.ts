import { ValueProblem } from '../core/row.ts'
import { findNumberProblem } from './read-number.ts'
import { typeName } from './read-text.ts'

/** Deeper values are cycles or attacks. */
const MAX_DEPTH = 500

/**
 * Reads any value as JSON text, of own members only and without calling toJSON; a Date becomes its ISO text, an undefined member is left out.
 * What JSON would lose (NaN, -0, a bigint, a Map, a hole in a list) is a problem. With `parse`, the value is a text that holds JSON already.
 */
export function compileJson(parse: boolean): (value: unknown) => string | ValueProblem | undefined {
  if (parse) return readJsonText
  return (value) => (value === null || value === undefined ? undefined : write(value, 0))
}

function readJsonText(value: unknown): string | ValueProblem | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'string') return new ValueProblem('TYPE', `is ${typeName(value)}, not JSON text`)
  try {
    JSON.parse(value)
    return value
  } catch {
    return new ValueProblem('TYPE', 'is text that is not JSON')
  }
}

function write(value: unknown, depth: number): string | ValueProblem {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return findNumberProblem(value) ?? String(value)
    case 'boolean':
      return String(value)
    case 'object':
      return value === null ? 'null' : writeObject(value, depth)
    default:
      return new ValueProblem('TYPE', `holds ${typeName(value)}, which JSON cannot hold`)
  }
}

function writeObject(value: object, depth: number): string | ValueProblem {
  if (depth > MAX_DEPTH) return new ValueProblem('TYPE', `is nested deeper than ${MAX_DEPTH} levels, or refers to itself`)
  if (Array.isArray(value)) return writeList(value, depth)
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? new ValueProblem('DATE_INVALID', 'holds an invalid Date') : `"${value.toISOString()}"`
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    return new ValueProblem('TYPE', `holds ${typeName(value)}, which JSON cannot hold`)
  }
  let text = ''
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const part = write(member, depth + 1)
    if (part instanceof ValueProblem) return part
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${part}`
  }
  return `{${text}}`
}

function writeList(list: readonly unknown[], depth: number): string | ValueProblem {
  let text = ''
  for (let at = 0; at < list.length; at += 1) {
    const part = write(list[at], depth + 1)
    if (part instanceof ValueProblem) return part
    text += at === 0 ? part : `,${part}`
  }
  return `[${text}]`
}
