/** What SQLite does to a value on its way into a column (https://www.sqlite.org/datatype3.html#type_affinity). `blob`: nothing. */
export type Affinity = 'text' | 'numeric' | 'integer' | 'real' | 'blob'

/** The affinity a declared type gets by its name, in the order SQLite tests it. */
export function toAffinity(type: string): Affinity {
  const name = type.toLowerCase()
  if (name.includes('int')) return 'integer'
  if (/char|clob|text/.test(name)) return 'text'
  if (name === '' || name.includes('blob')) return 'blob'
  if (/real|floa|doub/.test(name)) return 'real'
  return 'numeric'
}

/** Code of the last sign a number can end with; digits, the point and white space come before. */
const NINE = 57

/**
 * Tells whether a column of numeric, integer or real affinity would store this text as a number.
 * SQLite reads up to the first U+0000, and allows its own white space around the number.
 */
export function isNumericText(text: string): boolean {
  // Nearly every text ends in a letter or a bracket, and needs no closer look.
  const last = text.charCodeAt(text.length - 1)
  if (last > NINE && !text.includes('\0')) return false
  return /^[\t\n\v\f\r ]*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[\t\n\v\f\r ]*(?:\0|$)/i.test(text)
}
