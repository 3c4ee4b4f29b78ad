import type { PackedRows, RowPacking } from '../target.ts'
import { encodeLoadText, loadSql } from './mysql-load-text.ts'

/** Packed rows are what LOAD DATA LOCAL is sent, beside its statement. */
export function createMysqlPacking(quote: (name: string) => string): RowPacking {
  return Object.freeze<RowPacking>({
    readPlan: async ({ bulkPath }, table) => (bulkPath === 'load data' ? table : undefined),
    pack: (rows, { plan, columns }): PackedRows => ({
      count: rows.length,
      bytes: Buffer.concat([...encodeLoadText(rows)]),
      sql: loadSql(String(plan), columns, { rows, quote }),
    }),
  })
}
