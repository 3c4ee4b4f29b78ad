import type { SqlValue } from '../../core/row.ts'

// Longest first: texts, quoted names, dollar-quoted texts and comments pass unchanged, so that a `?` inside stays one.
const PARTS = /(\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_\d]*\$)[\s\S]*?\2|--[^\n]*|\/\*[\s\S]*?\*\/)|\?/gi

/** `a = ? and b = '?'` becomes `a = $1 and b = '?'`. */
export function numberPlaceholders(sql: string): string {
  if (!sql.includes('?')) return sql
  let count = 0
  return sql.replace(PARTS, (part, literal: string | undefined) => {
    if (literal !== undefined) return part
    count += 1
    return `$${count}`
  })
}

/** The same with the values themselves, for statements that take no parameters (COPY). Needs standard_conforming_strings. */
export function inlineBindings(sql: string, bindings: readonly SqlValue[]): string {
  let next = 0
  return sql.replace(PARTS, (part, literal: string | undefined) => {
    if (literal !== undefined) return part
    next += 1
    return renderLiteral(bindings[next - 1] ?? null)
  })
}

/** A text is of no type yet, so it becomes what it is compared with. */
function renderLiteral(value: SqlValue): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`
  return `'${String(value).replaceAll("'", "''")}'`
}
