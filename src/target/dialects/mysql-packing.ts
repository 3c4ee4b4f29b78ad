import type { SqlValue } from '../../core/row.ts'
import type { RowPacking } from '../target.ts'
import { encodeLoadLine, loadSql } from './mysql-load-text.ts'

const CHUNK_CHARS = 65_536

/** Packed rows are what LOAD DATA LOCAL is sent, beside its statement. */
export function createMysqlPacking(quote: (name: string) => string): RowPacking {
  return Object.freeze<RowPacking>({
    readPlan: async ({ bulkPath }, table) => (bulkPath === 'load data' ? table : undefined),
    open({ plan, columns }) {
      const chunks: Buffer[] = []
      const samples: SqlValue[] = columns.map(() => null)
      let text = ''
      let count = 0
      return {
        add(row) {
          count += 1
          text += encodeLoadLine(row)
          for (let column = 0; column < row.length; column += 1) samples[column] ??= row[column] ?? null
          if (text.length >= CHUNK_CHARS) {
            chunks.push(Buffer.from(text))
            text = ''
          }
          return true
        },
        finish: () => ({
          count,
          bytes: Buffer.concat([...chunks, Buffer.from(text)]),
          sql: loadSql(String(plan), columns, { samples, quote }),
        }),
      }
    },
  })
}
