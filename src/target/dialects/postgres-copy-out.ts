import type { Row, SqlValue } from '../../core/row.ts'
import { exactTypes, type PostgresConnection, type PostgresParser, type PostgresQuery, type PostgresResult } from './postgres-connection.ts'
import type { CopyStreams } from './postgres-copy.ts'
import { inlineBindings } from './postgres-placeholders.ts'

const NEWLINE = 10

/** Shows the rows of a SELECT, as `exactTypes` reads them; resolves with their number. @throws the driver's error, or what `look` throws */
export type CopyRows = (sql: string, bindings: readonly SqlValue[], look: (row: Row) => void) => Promise<number>

/** Reads the rows of SELECTs by COPY, whose rows cost half of what those of a query do. */
export interface CopyOut {
  readonly rows: CopyRows
  /** Shows the same rows as the bytes of lines, each with the end of line behind it, several at once. */
  lines(sql: string, bindings: readonly SqlValue[], look: (lines: Buffer) => void): Promise<void>
  /** What a SELECT's columns are read with, in their order. */
  parsers(sql: string, bindings: readonly SqlValue[]): Promise<readonly PostgresParser[]>
}

/** `query`: asks for the types of a SELECT's columns. */
export function createCopyOut(
  connection: PostgresConnection,
  streams: CopyStreams,
  query: (query: PostgresQuery) => Promise<PostgresResult>,
): CopyOut {
  const parsersOf: CopyOut['parsers'] = async (sql, bindings) => {
    const { fields = [] } = await query({ text: `select * from (${inlineBindings(sql, bindings)}) as ferry_rows limit 0` })
    return fields.map(({ dataTypeID }) => exactTypes.getTypeParser(dataTypeID))
  }
  const lines: CopyOut['lines'] = (sql, bindings, look) =>
    readCopy(connection, streams.to(`copy (${inlineBindings(sql, bindings)}) to stdout`), look)
  return {
    parsers: parsersOf,
    lines,
    async rows(sql, bindings, look) {
      const parsers = await parsersOf(sql, bindings)
      let count = 0
      await lines(sql, bindings, (bytes) => {
        for (const line of bytes.toString('utf8', 0, bytes.length - 1).split('\n')) {
          count += 1
          look(readRow(line, parsers))
        }
      })
      return count
    },
  }
}

/** Reads one COPY TO STDOUT in text form (https://www.postgresql.org/docs/current/sql-copy.html). @throws the driver's error, or what `look` throws */
async function readCopy(connection: PostgresConnection, stream: NodeJS.ReadableStream, look: (lines: Buffer) => void): Promise<void> {
  connection.query(stream)
  let rest: Buffer | undefined
  let refused: { readonly error: unknown } | undefined
  for await (const chunk of stream) {
    const bytes: Buffer = rest === undefined ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    rest = end === bytes.length ? undefined : bytes.subarray(end)
    // The stream is read to its end all the same: the connection can be used only then.
    if (end === 0 || refused !== undefined) continue
    try {
      look(bytes.subarray(0, end))
    } catch (error) {
      refused = { error }
    }
  }
  if (refused !== undefined) throw refused.error
}

/** The values of one line. */
export function readRow(line: string, parsers: readonly PostgresParser[]): Row {
  const fields = line.split('\t')
  const hasEscapes = line.includes('\\')
  const row = new Array<SqlValue>(fields.length)
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? ''
    const parse = parsers[at]
    if (hasEscapes && field === '\\N') row[at] = null
    else row[at] = parse === undefined ? field : parse(hasEscapes && field.includes('\\') ? readEscapes(field) : field)
  }
  return row
}

const SIGNS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** The text of a field that holds backslashes. */
export function readEscapes(field: string): string {
  return field.replace(/\\(.)/gs, (_pair, sign: string) => SIGNS[sign] ?? sign)
}
