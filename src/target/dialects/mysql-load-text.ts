import type { Row } from '../../core/row.ts'
import { LoadBytes } from './mysql-load-bytes.ts'

const CHUNK_BYTES = 65_536

/** Rows as `LoadBytes` writes them, in chunks of about 64 KiB. */
export function* encodeLoadText(rows: readonly Row[]): Generator<Buffer> {
  const lines = new LoadBytes()
  for (const row of rows) {
    lines.add(row)
    if (lines.length < CHUNK_BYTES) continue
    yield lines.copy()
    lines.clear()
  }
  if (lines.length > 0) yield lines.copy()
}

/** A value of each column that is not NULL, where there is one. */
export function sampleColumns(columns: readonly string[], rows: readonly Row[]): readonly Row[number][] {
  return columns.map((_, index) => rows.find((row) => row[index] !== null)?.[index] ?? null)
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
