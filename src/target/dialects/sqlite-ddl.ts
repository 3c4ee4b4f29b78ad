/**
 * The same text with quoted names, strings and comments blanked out by `x`, so that words and brackets can be searched:
 * every place keeps its index.
 */
export function maskSql(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, (quoted) =>
    (quoted.startsWith('--') || quoted.startsWith('/*') ? ' ' : 'x').repeat(quoted.length),
  )
}

/** One column or constraint of a CREATE TABLE. `masked` is the same text through `maskSql`. */
export interface Definition {
  readonly text: string
  readonly masked: string
}

/** The comma-separated definitions between the outer brackets of a CREATE TABLE; empty for other texts. */
export function readDefinitions(sql: string): Definition[] {
  const masked = maskSql(sql)
  const start = masked.indexOf('(')
  if (start < 0) return []
  const definitions: Definition[] = []
  let depth = 0
  let from = start + 1
  for (let at = start; at < masked.length; at += 1) {
    const sign = masked[at]
    if (sign === '(') depth += 1
    if (sign === ')') depth -= 1
    if ((sign === ',' && depth === 1) || depth === 0) {
      definitions.push({ text: sql.slice(from, at).trim(), masked: masked.slice(from, at).trim() })
      from = at + 1
    }
    if (depth === 0) break
  }
  return definitions
}

/** The name a definition starts with, without quotes: a column's, or a keyword such as CONSTRAINT. */
export function readName(text: string): string {
  const quoted = /^\s*(?:"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|'((?:[^']|'')*)'|([^\s("`[]+))/.exec(text)
  if (quoted === null) return ''
  const [, double, tick, bracket, single, bare] = quoted
  return double?.replaceAll('""', '"') ?? tick?.replaceAll('``', '`') ?? bracket ?? single?.replaceAll("''", "'") ?? bare ?? ''
}

/** The texts between the brackets of every CHECK in a definition. */
export function readChecks({ text, masked }: Definition): string[] {
  const checks: string[] = []
  for (const found of masked.matchAll(/\bCHECK\s*\(/gi)) {
    const start = found.index + found[0].length
    let depth = 1
    let at = start
    for (; at < masked.length && depth > 0; at += 1) {
      if (masked[at] === '(') depth += 1
      if (masked[at] === ')') depth -= 1
    }
    checks.push(text.slice(start, at - 1).trim())
  }
  return checks
}
