import type { Row, SqlValue } from '../../core/row.ts'

const ESCAPED = /[\\\t\n\0]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\0': '\\0' }
const CHUNK_CHARS = 65_536

/** Rows as LOAD DATA reads them: tabs, newlines, backslash escapes, `\N` for NULL, bytes as hex digits; chunks of about 64 KiB. */
export function* encodeLoadText(rows: readonly Row[]): Generator<Buffer> {
  let text = ''
  for (const row of rows) {
    text += encodeLoadLine(row)
    if (text.length >= CHUNK_CHARS) {
      yield Buffer.from(text)
      text = ''
    }
  }
  if (text !== '') yield Buffer.from(text)
}

/** One of these rows. */
export function encodeLoadLine(row: Row): string {
  let text = ''
  for (let column = 0; column < row.length; column += 1) {
    if (column > 0) text += '\t'
    text += encodeField(row[column] ?? null)
  }
  return `${text}\n`
}

/** A value of each column that is not NULL, where there is one. */
export function sampleColumns(columns: readonly string[], rows: readonly Row[]): readonly Row[number][] {
  return columns.map((_, index) => rows.find((row) => row[index] !== null)?.[index] ?? null)
}

function encodeField(value: SqlValue): string {
  if (typeof value === 'string') return ESCAPED.test(value) ? value.replace(/[\\\t\n\0]/g, (char) => ESCAPES[char] ?? char) : value
  if (value === null) return '\\N'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'object') return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  return String(value)
}

/**
 * The statement that reads `encodeLoadText`. Columns that hold bytes go through a variable and UNHEX, for the character set of the
 * statement would change them. `samples`: one value of each column, NULL where it has no other; one codec made all of a column.
 */
export function loadSql(
  table: string,
  columns: readonly string[],
  options: { samples: readonly Row[number][]; quote(name: string): string },
): string {
  const { samples, quote } = options
  const anyBytes = samples.some((sample) => sample instanceof Uint8Array)
  const targets: string[] = []
  const sets: string[] = []
  columns.forEach((column, index) => {
    const sample = samples[index]
    const isBytes = sample instanceof Uint8Array
    // Beside a SET clause, MariaDB takes an AUTO_INCREMENT id of 0 that is not in it for "the next one", against the sql_mode.
    if (!isBytes && !(anyBytes && (typeof sample === 'number' || typeof sample === 'bigint'))) {
      targets.push(quote(column))
      return
    }
    targets.push(`@ferry${index}`)
    sets.push(`${quote(column)} = ${isBytes ? `unhex(@ferry${index})` : `@ferry${index}`}`)
  })
  return `load data local infile 'rows' into table ${quote(table)} character set utf8mb4
    fields terminated by '\\t' escaped by '\\\\' lines terminated by '\\n' (${targets.join(', ')})${sets.length > 0 ? ` set ${sets.join(', ')}` : ''}`
}
