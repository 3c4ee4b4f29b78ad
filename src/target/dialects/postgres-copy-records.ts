import { RecordBytes } from '../../core/record-bytes.ts'
import type { Row } from '../../core/row.ts'
import { canonicalTimestamp } from '../codec-time.ts'
import type { Codec, RecordReading } from '../target.ts'
import { canonicalBoolean } from './postgres-codecs.ts'
import type { PostgresParser } from './postgres-connection.ts'
import { type CopyOut, readEscapes, readRow } from './postgres-copy-out.ts'
import { writeTimestamp } from './rewrite-timestamp.ts'

/** Rows of one COPY. They come as a stream, so that none of them has to stay; but it cannot be left before its end. */
const LEAST_ROWS = 20_000
const MOST_ROWS = 200_000
const PAGE_BYTES = 64 << 20
/** Rows whose sizes speak for all. */
const SAMPLE_ROWS = 1000
const TAB = 9
const NEWLINE = 10
const N = 78
const LETTER_T = 116
const BACKSLASH = 92

/** Writes the value of the field at `at`; the place after its separator. */
type WriteField = (lines: Buffer, at: number, record: RecordBytes) => number

/** Makes records of the lines that COPY sends: most of their fields stand in canonical form there, so their bytes are copied. */
export function createCopyRecords({ lines, parsers, rows }: CopyOut, quote: (name: string) => string): RecordReading {
  return {
    async rowsAtOnce({ name }) {
      let size: Row[number] = null
      await rows(`select avg(pg_column_size(r)) from (select * from ${quote(name)} limit ${SAMPLE_ROWS}) r`, [], ([found = null]) => {
        size = found
      })
      return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(PAGE_BYTES / (Number(size) || 1))))
    },
    open(codecs, order) {
      const record = new RecordBytes(codecs.length)
      return {
        select: [...codecs.map(({ select }) => select), ...order].join(', '),
        async read({ sql, bindings }, look) {
          const parse = await parsers(sql, bindings)
          const writers = codecs.map((codec, at) => writerOf(codec, parse[at]))
          let found = 0
          let last = ''
          await lines(sql, bindings, (bytes) => {
            let start = 0
            for (let next = 0; next < bytes.length; found += 1) {
              start = next
              record.begin()
              for (const write of writers) next = write(bytes, next, record)
              record.finish()
              look(record)
              // The columns of the order.
              next = bytes.indexOf(NEWLINE, next) + 1
            }
            last = bytes.toString('utf8', start, bytes.length - 1)
          })
          return { found, shown: found, last: found === 0 ? [] : readRow(last, parse).slice(codecs.length) }
        },
      }
    },
  }
}

function writerOf(codec: Codec, parse: PostgresParser = String): WriteField {
  const write = WRITERS.get(codec.canonical)
  const general: WriteField = (lines, at, record) => {
    const end = endOf(lines, at)
    const text = lines.toString('utf8', at, end)
    record.text(codec.canonical(parse(text.includes('\\') ? readEscapes(text) : text) as Exclude<ReturnType<PostgresParser>, null>))
    return end + 1
  }
  return (lines, at, record) => {
    // A text that begins so has its backslash doubled.
    if (lines[at] === BACKSLASH && lines[at + 1] === N) {
      record.null()
      return at + 3
    }
    const end = write === undefined ? -1 : write(lines, at, record)
    return end === -1 ? general(lines, at, record) : end
  }
}

/** -1 where it holds escapes. */
const writeAsItIs: WriteField = (lines, at, record) => {
  const end = record.textUpTo(lines, at, TAB, NEWLINE)
  return end === -1 ? -1 : end + 1
}

/** -1 where it is not of the usual form. */
const writeInstant: WriteField = (lines, at, record) => {
  const end = endOf(lines, at)
  return writeTimestamp(lines, at, end, record) ? end + 1 : -1
}

/** `t` or `f`, as 1 or 0. */
const writeBoolean: WriteField = (lines, at, record) => {
  record.digits(lines[at] === LETTER_T ? 1 : 0)
  return endOf(lines, at) + 1
}

/** Of the canonical forms whose bytes come of the field's bytes; -1 where they do not. */
const WRITERS: ReadonlyMap<Codec['canonical'], WriteField> = new Map([
  [String, writeAsItIs],
  [canonicalTimestamp, writeInstant],
  [canonicalBoolean, writeBoolean],
])

function endOf(lines: Buffer, at: number): number {
  let end = at
  while (lines[end] !== TAB && lines[end] !== NEWLINE) end += 1
  return end
}
