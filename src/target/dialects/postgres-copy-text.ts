import type { Row, SqlValue } from '../../core/row.ts'

const ESCAPED = /[\\\b\f\n\r\t\v]/
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}
const CHUNK_CHARS = 65_536

/** Rows as the text format of COPY (manual, COPY, "Text Format"), in chunks of about 64 KiB. */
export function* encodeCopyText(rows: readonly Row[]): Generator<Buffer> {
  let text = ''
  for (const row of rows) {
    text += encodeCopyLine(row)
    if (text.length >= CHUNK_CHARS) {
      yield Buffer.from(text)
      text = ''
    }
  }
  if (text !== '') yield Buffer.from(text)
}

/** One of these rows. */
export function encodeCopyLine(row: Row): string {
  let text = ''
  for (let column = 0; column < row.length; column += 1) {
    if (column > 0) text += '\t'
    text += encodeField(row[column] ?? null)
  }
  return `${text}\n`
}

function encodeField(value: SqlValue): string {
  if (typeof value === 'string') return ESCAPED.test(value) ? value.replace(/[\\\b\f\n\r\t\v]/g, escapeChar) : value
  if (value === null) return '\\N'
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'object') return `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  return String(value)
}

function escapeChar(char: string): string {
  return ESCAPES[char] ?? char
}
