import { RecordBytes } from '../../core/record-bytes.ts'
import type { RowPacker, RowPacking } from '../row-packing.ts'
import type { Codec } from '../target.ts'
import { createRecordWriter } from '../write-record.ts'
import { openLinePacker } from './line-packer.ts'
import { type ColumnTypes, openCopyBinary, readColumnTypes, toWriters } from './postgres-copy-binary.ts'
import type { FieldWriter } from './postgres-copy-fields.ts'
import { encodeCopyLine } from './postgres-copy-text.ts'

/** Packed rows are what COPY is sent; `sql` holds its options. */
export const postgresPacking: RowPacking = Object.freeze<RowPacking>({
  readPlan: async (session, table, columns) => (session.bulkPath === 'copy' ? readColumnTypes(session, table, columns) : undefined),
  open({ plan, codecs }) {
    const writers = toWriters(plan as ColumnTypes)
    return writers === undefined ? packText() : packBinary(writers, codecs)
  },
})

/** A row's record is made first: most of a row are texts, whose bytes are then copied. */
function packBinary(writers: readonly FieldWriter[], codecs: readonly Codec[]): RowPacker {
  const out = openCopyBinary(writers, codecs)
  const record = new RecordBytes(codecs.length)
  const write = createRecordWriter(codecs)
  let count = 0
  return {
    add(row) {
      count += 1
      write(row, record)
      return out.add(row, record)
    },
    canonicalRecord: () => record,
    finish: () => ({ count, bytes: Buffer.concat(out.finish()), sql: 'with (format binary)' }),
  }
}

/** Where a column's type has no binary writer here. */
function packText(): RowPacker {
  const lines = openLinePacker(encodeCopyLine)
  return {
    add(row) {
      lines.add(row)
      return true
    },
    finish: () => ({ count: lines.count(), bytes: lines.toBytes(), sql: '' }),
  }
}
