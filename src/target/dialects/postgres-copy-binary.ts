import type { RecordBytes } from '../../core/record-bytes.ts'
import type { Row } from '../../core/row.ts'
import type { Codec, Session } from '../target.ts'
import { CopyBuffer } from './postgres-copy-buffer.ts'
import { ENUM_WRITER, FIELD_WRITERS, type FieldWriter, fromRecord } from './postgres-copy-fields.ts'

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')

/**
 * Rows as the binary format of COPY (manual, COPY, "Binary Format"), which the server reads in about half the time of the text;
 * undefined where a value is not in the form its type takes here: the text format leaves the judgement to the server.
 */
export function encodeCopyBinary(rows: readonly Row[], writers: readonly FieldWriter[]): readonly Buffer[] | undefined {
  const out = openCopyBinary(writers)
  for (const row of rows) if (!out.add(row)) return undefined
  return out.finish()
}

/** Takes rows for COPY; with `record` one that was made of the row by the codecs. */
interface CopyBinary {
  /** False where a row is refused; nothing can be added then. */
  add(row: Row, record?: RecordBytes): boolean
  finish(): readonly Buffer[]
}

/** `encodeCopyBinary`, row by row. */
export function openCopyBinary(writers: readonly FieldWriter[], codecs: readonly Codec[] = []): CopyBinary {
  const fromRecords = writers.map((writer, column) => codecs[column] && fromRecord(writer, codecs[column]))
  const out = new CopyBuffer()
  const write = (column: number, value: Exclude<Row[number], null>, record: RecordBytes | undefined): boolean => {
    const copy = fromRecords[column]
    return record !== undefined && copy !== undefined ? copy(out, record, column) : writers[column]?.(out, value) === true
  }
  out.raw(SIGNATURE)
  out.int32(0)
  out.int32(0)
  return {
    add(row, record) {
      out.int16(writers.length)
      for (let column = 0; column < writers.length; column += 1) {
        const value = row[column] ?? null
        if (value === null) out.int32(-1)
        else if (!write(column, value, record)) return false
      }
      return true
    },
    finish() {
      out.int16(-1)
      out.flush()
      return out.chunks
    },
  }
}

/** The type of each column, as COPY needs it: its oid, or `enum`. */
export type ColumnTypes = readonly (number | 'enum')[]

/** Writers of a table's columns; undefined where a type has none (arrays, intervals and the like). */
export function toWriters(types: ColumnTypes): readonly FieldWriter[] | undefined {
  const writers = types.flatMap((type) => (type === 'enum' ? ENUM_WRITER : (FIELD_WRITERS.get(type) ?? [])))
  return writers.length === types.length ? writers : undefined
}

/** Types of a table's columns, asked anew for each batch, for a migration may change a type while a session is open. */
export async function readColumnTypes(session: Session, table: string, columns: readonly string[]): Promise<ColumnTypes> {
  const found = await session.all<{ name: string; oid: number; kind: string }>(
    `select a.attname as name, coalesce(nullif(t.typbasetype, 0), t.oid) as oid, t.typtype as kind
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = to_regclass(?) and a.attnum > 0 and not a.attisdropped`,
    [session.dialect.quote(table)],
  )
  const byName = new Map(found.map((row) => [row.name, row.kind === 'e' ? ('enum' as const) : row.oid]))
  return columns.map((column) => byName.get(column) ?? 0)
}
