import type { SqlValue } from '../../core/row.ts'
import type { RowPacking } from '../row-packing.ts'
import { LoadBytes } from './mysql-load-bytes.ts'
import { loadSql } from './mysql-load-text.ts'

/** Packed rows are what LOAD DATA LOCAL is sent, beside its statement. */
export function createMysqlPacking(quote: (name: string) => string): RowPacking {
  return Object.freeze<RowPacking>({
    readPlan: async ({ bulkPath }, table) => (bulkPath === 'load data' ? table : undefined),
    open({ plan, columns, spare = [] }) {
      const lines = new LoadBytes(spare.pop())
      const samples: SqlValue[] = columns.map(() => null)
      return {
        add(row) {
          lines.add(row)
          for (let column = 0; column < row.length; column += 1) samples[column] ??= row[column] ?? null
          return true
        },
        finish() {
          spare.push(lines.memory)
          return { count: lines.count, bytes: lines.copy(), sql: loadSql(String(plan), columns, { samples, quote }) }
        },
      }
    },
  })
}
