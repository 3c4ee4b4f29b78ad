import type BetterSqlite3 from 'better-sqlite3'
import type { Row } from '../../core/row.ts'
import type { PrepareStatement } from './sqlite-statements.ts'

/** Most arguments of a function in SQLite's default build (https://www.sqlite.org/limits.html). */
export const MOST_ARGUMENTS = 100

export interface VisitedRows {
  readonly sql: string
  readonly bindings: readonly unknown[]
  readonly columns: number
}

/**
 * Shows rows to a function without making them results: an aggregate is called with their values, which costs a third of `all`.
 * The aggregate is made with the first call, on this connection alone.
 */
export function openRowVisitor(connection: BetterSqlite3.Database, prepare: PrepareStatement) {
  let look: ((row: Row) => void) | undefined
  let count = 0
  let isMade = false
  const make = () => {
    isMade = true
    connection.aggregate('ferry_visit', {
      start: null,
      varargs: true,
      safeIntegers: true,
      directOnly: true,
      step: (_total: null, ...row: unknown[]) => {
        count += 1
        look?.(row as Row)
        return null
      },
    })
  }
  return ({ sql, bindings, columns }: VisitedRows, lookAt: (row: Row) => void): number => {
    if (columns > MOST_ARGUMENTS) {
      const rows = prepare(sql, 'arrays').all(...bindings) as Row[]
      for (const row of rows) lookAt(row)
      return rows.length
    }
    if (!isMade) make()
    const names = Array.from({ length: columns }, (_, at) => `c${at}`).join(', ')
    look = lookAt
    count = 0
    try {
      prepare(`WITH ferry_rows(${names}) AS (${sql}) SELECT ferry_visit(${names}) FROM ferry_rows`, 'arrays').all(...bindings)
    } finally {
      look = undefined
    }
    return count
  }
}
