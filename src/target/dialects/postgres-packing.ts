import type { RowPacker, RowPacking } from '../target.ts'
import { type ColumnTypes, openCopyBinary, readColumnTypes, toWriters } from './postgres-copy-binary.ts'
import type { FieldWriter } from './postgres-copy-fields.ts'
import { encodeCopyLine } from './postgres-copy-text.ts'

const CHUNK_CHARS = 65_536

/** Packed rows are what COPY is sent; `sql` holds its options. */
export const postgresPacking: RowPacking = Object.freeze<RowPacking>({
  readPlan: async (session, table, columns) => (session.bulkPath === 'copy' ? readColumnTypes(session, table, columns) : undefined),
  open({ plan }) {
    const writers = toWriters(plan as ColumnTypes)
    return writers === undefined ? packText() : packBinary(writers)
  },
})

function packBinary(writers: readonly FieldWriter[]): RowPacker {
  const out = openCopyBinary(writers)
  let count = 0
  return {
    add(row) {
      count += 1
      return out.add(row)
    },
    finish: () => ({ count, bytes: Buffer.concat(out.finish()), sql: 'with (format binary)' }),
  }
}

/** Where a column's type has no binary writer here. */
function packText(): RowPacker {
  const chunks: Buffer[] = []
  let text = ''
  let count = 0
  return {
    add(row) {
      count += 1
      text += encodeCopyLine(row)
      if (text.length >= CHUNK_CHARS) {
        chunks.push(Buffer.from(text))
        text = ''
      }
      return true
    },
    finish: () => ({ count, bytes: Buffer.concat([...chunks, Buffer.from(text)]), sql: '' }),
  }
}
