import type { Row, SqlValue } from '../../core/row.ts'
import { exactTypes, type PostgresConnection, type PostgresParser, type PostgresQuery, type PostgresResult } from './postgres-connection.ts'
import type { CopyStreams } from './postgres-copy.ts'
import { inlineBindings } from './postgres-placeholders.ts'

const NEWLINE = 10

/** Shows the rows of a SELECT, as `exactTypes` reads them; resolves with their number. @throws the driver's error, or what `look` throws */
export type CopyRows = (sql: string, bindings: readonly SqlValue[], look: (row: Row) => void) => Promise<number>

/** By COPY, whose rows cost half of what those of a query do. `query`: asks for the types of a SELECT's columns, once. */
export function createCopyRows(
  connection: PostgresConnection,
  streams: CopyStreams,
  query: (query: PostgresQuery) => Promise<PostgresResult>,
): CopyRows {
  const known = new Map<string, readonly PostgresParser[]>()
  return async (sql, bindings, look) => {
    const text = inlineBindings(sql, bindings)
    let parsers = known.get(sql)
    if (parsers === undefined) {
      const { fields = [] } = await query({ text: `select * from (${text}) as ferry_rows limit 0` })
      parsers = fields.map(({ dataTypeID }) => exactTypes.getTypeParser(dataTypeID))
      known.set(sql, parsers)
    }
    return readCopy(connection, streams.to(`copy (${text}) to stdout`), { parsers, look })
  }
}

/** Reads the rows of one COPY TO STDOUT in text form (https://www.postgresql.org/docs/current/sql-copy.html); resolves with their number. @throws the driver's error, or what `look` throws */
async function readCopy(
  connection: PostgresConnection,
  stream: NodeJS.ReadableStream,
  { parsers, look }: { readonly parsers: readonly PostgresParser[]; look(row: Row): void },
): Promise<number> {
  connection.query(stream)
  let rest: Buffer | undefined
  let count = 0
  let refused: { readonly error: unknown } | undefined
  for await (const chunk of stream) {
    const bytes: Buffer = rest === undefined ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(NEWLINE)
    rest = end + 1 === bytes.length ? undefined : bytes.subarray(end + 1)
    if (end < 0) continue
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      count += 1
      // The stream is read to its end all the same: the connection can be used only then.
      if (refused !== undefined) continue
      try {
        look(readRow(line, parsers))
      } catch (error) {
        refused = { error }
      }
    }
  }
  if (refused !== undefined) throw refused.error
  return count
}

function readRow(line: string, parsers: readonly PostgresParser[]): Row {
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

function readEscapes(field: string): string {
  return field.replace(/\\(.)/gs, (_pair, sign: string) => SIGNS[sign] ?? sign)
}
