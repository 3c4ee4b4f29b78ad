import { type LogicalValue, type ValueKind, ValueProblem } from '../../core/row.ts'
import type { CodecForm } from '../codec-form.ts'
import { renderPlainNumber, typeProblem } from '../codec-number.ts'

type Nested = string | null | readonly Nested[]

/** Array columns: the logical value is the JSON text of a list, the stored one the engine's literal `{a,NULL,"b c"}`. */
export function createArrayForm(element: CodecForm, kind: ValueKind): CodecForm {
  return {
    encode(value) {
      if (typeof value !== 'string') return typeProblem('JSON')
      const list: unknown = parseJson(value)
      if (!Array.isArray(list)) return typeProblem('a list')
      if (list.length > 0 && shapeOf(list) === undefined) {
        return new ValueProblem('TYPE', 'lists of different lengths, or empty ones, inside the list')
      }
      return renderList(list, { element, kind })
    },
    canonical(stored) {
      const parsed = parseArrayLiteral(String(stored))
      return parsed === undefined ? String(stored) : JSON.stringify(mapLeaves(parsed, element))
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Lengths of a rectangular list, `2x3`; undefined for any other, which PostgreSQL refuses or flattens. */
function shapeOf(list: readonly unknown[]): string | undefined {
  if (!list.some(Array.isArray)) return String(list.length)
  const shapes = new Set(list.map((part) => (Array.isArray(part) && part.length > 0 ? shapeOf(part) : undefined)))
  const [shape] = shapes
  return shapes.size === 1 && shape !== undefined ? `${list.length}x${shape}` : undefined
}

function renderList(list: readonly unknown[], leaf: { element: CodecForm; kind: ValueKind }): string | ValueProblem {
  const parts: string[] = []
  for (const part of list) {
    const text = Array.isArray(part) ? renderList(part, leaf) : part === null ? 'NULL' : renderLeaf(part, leaf)
    if (text instanceof ValueProblem) return text
    parts.push(text)
  }
  return `{${parts.join(',')}}`
}

function renderLeaf(part: unknown, leaf: { element: CodecForm; kind: ValueKind }): string | ValueProblem {
  const logical = toLogical(part, leaf.kind)
  if (logical === undefined) return typeProblem(`a list of ${leaf.kind} values`)
  const stored = leaf.element.encode(logical)
  if (stored instanceof ValueProblem) return stored
  return `"${String(stored).replace(/[\\"]/g, '\\$&')}"`
}

function toLogical(part: unknown, kind: ValueKind): LogicalValue | undefined {
  if (kind === 'timestamp' || kind === 'date' || kind === 'time') return isCalendarText(part, kind) ? part : undefined
  if (kind === 'decimal' && typeof part === 'number') return renderPlainNumber(part)
  return typeof part === 'string' || typeof part === 'number' || typeof part === 'boolean' ? part : undefined
}

/** Lists come as JSON, whose texts nobody has read as times yet. */
function isCalendarText(part: unknown, kind: 'timestamp' | 'date' | 'time'): part is string {
  if (typeof part !== 'string') return false
  const text = kind === 'time' ? `2000-01-01T${part}Z` : kind === 'date' ? `${part}T00:00:00Z` : part
  // The engine takes 24:00:00 and a 60th second, and gives back others.
  const digits = /^(.{19})(?:\.\d+)?Z$/.exec(text)?.[1]
  const instant = digits === undefined ? Number.NaN : Date.parse(`${digits}Z`)
  return !Number.isNaN(instant) && new Date(instant).toISOString().slice(0, 19) === digits
}

function mapLeaves(value: Nested, element: CodecForm): Nested {
  if (value === null) return null
  return typeof value === 'string' ? element.canonical(value) : value.map((part) => mapLeaves(part, element))
}

/** Reads an array literal (manual, 8.15.6); undefined where the lower bound is not 1 or the text is none. */
export function parseArrayLiteral(text: string): readonly Nested[] | undefined {
  const stack: Nested[][] = []
  let done: readonly Nested[] | undefined
  for (const [token, quoted] of text.matchAll(/[{},]|"((?:[^"\\]|\\.)*)"|[^{},"]+/gs)) {
    if (token === '{') stack.push([])
    else if (token === '}') {
      const list = stack.pop()
      if (list === undefined) return undefined
      if (stack.length === 0) done = list
      else stack.at(-1)?.push(list)
    } else if (token !== ',') {
      if (stack.length === 0) return undefined
      stack.at(-1)?.push(quoted !== undefined ? quoted.replace(/\\(.)/gs, '$1') : token === 'NULL' ? null : token)
    }
  }
  return done
}
