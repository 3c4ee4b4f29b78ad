import type { SqlValue } from '../../core/row.ts'

// Texts, quoted names and comments pass unchanged, so that a `?` inside stays one.
const PARTS = /('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|-- [^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|\?/g

/** Puts the values in place of the `?`s as literals: the text protocol needs no statement prepared on the server, and is faster for long lists. */
export function fillPlaceholders(sql: string, bindings: readonly SqlValue[]): string {
  if (bindings.length === 0) return sql
  let next = 0
  const filled = sql.replace(PARTS, (part, literal: string | undefined) => {
    if (literal !== undefined) return part
    const value = bindings[next]
    next += 1
    return renderLiteral(value ?? null)
  })
  if (next !== bindings.length) throw new RangeError(`${bindings.length} values for ${next} placeholders`)
  return filled
}

const ESCAPED = /[\0\n\r'"\\]/
const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\n': '\\n', '\r': '\\r' }

/** One value as a literal; the session keeps NO_BACKSLASH_ESCAPES off, on which this relies. */
export function renderLiteral(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `'${ESCAPED.test(value) ? escapeText(value) : value}'`
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'object') return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('the engine has no NaN and no infinity')
  return String(value)
}

function escapeText(text: string): string {
  return text.replace(/[\0\n\r'"\\]/g, (char) => ESCAPES[char] ?? `\\${char}`)
}
