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
