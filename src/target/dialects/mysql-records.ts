import { RecordBytes } from '../../core/record-bytes.ts'
import type { SqlValue } from '../../core/row.ts'
import { canonicalTimestamp } from '../codec-time.ts'
import type { Codec, RecordReading } from '../target.ts'
import { exactCast, type MysqlField, type TypeCast } from './mysql-connection.ts'
import { writeTimestamp } from './rewrite-timestamp.ts'

/** Rows of one statement; each is a record when it comes, so that none of them stays. */
const PAGE_ROWS = 4_000
const ZERO = 48
const INTEGERS: ReadonlySet<string> = new Set(['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG', 'YEAR'])
const TEXTS: ReadonlySet<string> = new Set([
  'VAR_STRING',
  'STRING',
  'VARCHAR',
  'ENUM',
  'DATE',
  'BLOB',
  'TINY_BLOB',
  'MEDIUM_BLOB',
  'LONG_BLOB',
])

/** Asks a SELECT, every value of which goes through the cast; resolves with rows of what that makes of them. */
export type AskRows = (sql: string, bindings: readonly SqlValue[], cast: TypeCast) => Promise<readonly unknown[]>

type WriteField = (field: MysqlField, next: () => unknown, record: RecordBytes) => void

/** Makes records of the packets that rows come in: most fields stand in canonical form there, so their bytes are copied. */
export function createMysqlRecords(ask: AskRows): RecordReading {
  return {
    rowsAtOnce: async () => PAGE_ROWS,
    open(codecs, order) {
      const record = new RecordBytes(codecs.length)
      const writers = codecs.map(writerOf)
      const width = codecs.length + order.length
      return {
        select: [...codecs.map(({ select }) => select), ...order].join(', '),
        async read({ sql, bindings }, look) {
          let at = 0
          let refused: { readonly error: unknown } | undefined
          const write: TypeCast = (field, next) => {
            if (at === 0) record.begin()
            writers[at]?.(field, next, record)
            at += 1
            if (at < writers.length) return
            record.finish()
            look(record)
          }
          const cast: TypeCast = (field, next) => {
            // The driver reads the answer to its end all the same: the connection can be used only then.
            if (refused !== undefined) return field.buffer()
            try {
              if (at < writers.length) return write(field, next)
            } catch (error) {
              refused = { error }
              return undefined
            }
            at = at + 1 === width ? 0 : at + 1
            return exactCast(field, next)
          }
          const rows = (await ask(sql, bindings, cast)) as readonly SqlValue[][]
          if (refused !== undefined) throw (refused as { readonly error: unknown }).error
          return { found: rows.length, shown: rows.length, last: rows.at(-1)?.slice(codecs.length) ?? [] }
        },
      }
    },
  }
}

function writerOf(codec: Codec): WriteField {
  const general: WriteField = (field, next, record) => {
    const value = exactCast(field, next)
    if (value === null) record.null()
    else record.text(codec.canonical(value))
  }
  if (codec.canonical === canonicalTimestamp) return writeInstant(codec)
  return codec.canonical === String ? writeAsItIs(general) : general
}

/** The text of a value is its canonical form, where it is in UTF-8 and has no zeros in front (ZEROFILL). */
function writeAsItIs(general: WriteField): WriteField {
  return (field, next, record) => {
    const { type } = field
    const isInteger = INTEGERS.has(type)
    if (!isInteger && !TEXTS.has(type)) return general(field, next, record)
    const bytes = field.buffer()
    if (bytes === null) record.null()
    else if (isInteger && bytes[0] === ZERO) record.utf8(withoutZeros(bytes))
    else record.utf8(bytes)
  }
}

function withoutZeros(digits: Buffer): Buffer {
  let at = 0
  while (at < digits.length - 1 && digits[at] === ZERO) at += 1
  return digits.subarray(at)
}

function writeInstant(codec: Codec): WriteField {
  return (field, _next, record) => {
    const bytes = field.buffer()
    if (bytes === null) record.null()
    else if (!writeTimestamp(bytes, 0, bytes.length, record)) record.text(codec.canonical(bytes.toString('latin1')))
  }
}
