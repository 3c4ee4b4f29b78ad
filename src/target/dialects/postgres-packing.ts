import type { PackedRows, RowPacking } from '../target.ts'
import { type ColumnTypes, encodeCopyBinary, readColumnTypes, toWriters } from './postgres-copy-binary.ts'
import { encodeCopyText } from './postgres-copy-text.ts'

const BINARY = 'with (format binary)'

/** Packed rows are what COPY is sent; `sql` holds its options. */
export const postgresPacking: RowPacking = Object.freeze<RowPacking>({
  readPlan: async (session, table, columns) => (session.bulkPath === 'copy' ? readColumnTypes(session, table, columns) : undefined),
  pack(rows, { plan }): PackedRows {
    const writers = toWriters(plan as ColumnTypes)
    const binary = writers && encodeCopyBinary(rows, writers)
    const bytes = Buffer.concat(binary ?? [...encodeCopyText(rows)])
    return { count: rows.length, bytes, sql: binary === undefined ? '' : BINARY }
  },
})
