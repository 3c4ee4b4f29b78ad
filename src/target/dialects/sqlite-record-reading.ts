import { isFerryError } from '../../core/errors.ts'
import { RecordBytes } from '../../core/record-bytes.ts'
import { releaseMemory } from '../../core/release-memory.ts'
import type { Row, SqlValue } from '../../core/row.ts'
import type { Codec, RecordReading, Session, TableInfo } from '../target.ts'
import { readJsonRecord } from './read-json-record.ts'
import { MOST_ARGUMENTS } from './sqlite-row-visitor.ts'

/** Bytes of a block of usual rows: large enough that a statement costs nothing, small enough that blocks come and go without a trace in memory. */
const BLOCK_BYTES = 64 << 10
/** Bytes of a block of none but the table's largest rows. */
const MOST_BYTES = 8 << 20
const MOST_ROWS = 500
/** Fewer rows at once are as quickly read as values. */
const LEAST_ROWS = 4

/** What these store is mostly no text and no integer, and JSON would lose of it, or not hold it. */
const AS_VALUES: ReadonlySet<Codec['kind']> = new Set(['float', 'decimal', 'bytes'])

/**
 * SQLite makes JSON of a block's rows (https://www.sqlite.org/json1.html), which comes over as the bytes of one value: half of what a JavaScript value for each
 * column costs. Texts, integers and NULL are the same there; a row with anything else in it is left to who reads values.
 */
export function createSqliteRecordReading(session: Pick<Session, 'rows'>): RecordReading {
  return {
    async rowsAtOnce(table, codecs) {
      if (codecs.length > MOST_ARGUMENTS || codecs.some(({ kind }) => AS_VALUES.has(kind))) return undefined
      const sizes = await readSizes(session, table)
      if (sizes === undefined || !(await isUtf8(session))) return undefined
      const rows = Math.floor(Math.min(MOST_ROWS, BLOCK_BYTES / sizes.usual, MOST_BYTES / sizes.largest))
      return rows < LEAST_ROWS ? undefined : rows
    },
    open(codecs, [order = '']) {
      const record = new RecordBytes(codecs.length)
      return {
        select: `json_array(${codecs.map(({ select }) => select).join(', ')}) AS json, ${order} AS at`,
        async read({ sql, bindings }, look) {
          const page = await readPage(session, sql, bindings)
          if (page === undefined) return undefined
          const [json, found, last = null] = page
          return { found: Number(found), shown: json instanceof Uint8Array ? showRecords(json, record, look) : 0, last: [last] }
        },
      }
    },
  }
}

/** The JSON of a page's rows, their count, and the greatest rowid. undefined where one of them holds a blob, or all are too long to be one text. */
async function readPage(session: Pick<Session, 'rows'>, sql: string, bindings: readonly SqlValue[]): Promise<Row | undefined> {
  try {
    const [row = []] = await session.rows(`SELECT CAST(group_concat(json, '') AS BLOB), count(*), max(at) FROM (${sql})`, bindings)
    return row
  } catch (error) {
    // What keeps values away too is told when those are read.
    if (isFerryError(error)) return undefined
    throw error
  }
}

/** How many there were, up to one that must be read as values. */
function showRecords(json: Uint8Array, record: RecordBytes, look: (record: RecordBytes) => void): number {
  let shown = 0
  for (let at = 0; at < json.length; shown += 1) {
    at = readJsonRecord(json, at, record)
    if (at === -1) break
    look(record)
  }
  releaseMemory(json)
  return shown
}

/** Bytes of the table's usual row and of its largest, from its pages alone (https://www.sqlite.org/dbstat.html). */
async function readSizes(
  session: Pick<Session, 'rows'>,
  { name }: TableInfo,
): Promise<{ readonly usual: number; readonly largest: number } | undefined> {
  try {
    const [found] = await session.rows('SELECT payload / max(ncell, 1), mx_payload FROM dbstat WHERE name = ? AND aggregate = 1', [name])
    return found && { usual: Math.max(1, Number(found[0])), largest: Math.max(1, Number(found[1])) }
  } catch (error) {
    // A build without that table.
    if (isFerryError(error)) return undefined
    throw error
  }
}

/** A text becomes the bytes that it has in the database. */
async function isUtf8(session: Pick<Session, 'rows'>): Promise<boolean> {
  const [found] = await session.rows('PRAGMA encoding')
  return found?.[0] === 'UTF-8'
}
