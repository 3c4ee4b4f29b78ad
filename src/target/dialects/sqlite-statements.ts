import type BetterSqlite3 from 'better-sqlite3'

/** Statements kept prepared; a run uses a few dozen, and a caller that builds texts must not grow memory. */
const MAX_STATEMENTS = 200

/** Prepares a text, once per form of answer. Least recently used texts go first. */
export type PrepareStatement = (sql: string, form?: 'objects' | 'arrays') => BetterSqlite3.Statement<unknown[], unknown>

/** Prepared statements of one connection, kept while they are in use. */
export function createStatementCache(connection: BetterSqlite3.Database): PrepareStatement {
  const cache = new Map<string, BetterSqlite3.Statement<unknown[], unknown>>()
  return (sql, form) => {
    const id = form === undefined ? sql : `${form}\0${sql}`
    const known = cache.get(id)
    if (known !== undefined) {
      cache.delete(id)
      cache.set(id, known)
      return known
    }
    const statement = connection.prepare<unknown[], unknown>(sql)
    if (form !== undefined && statement.reader) statement.safeIntegers(true).raw(form === 'arrays')
    // Some pragmas act, and answer, when they are compiled (https://www.sqlite.org/pragma.html): a kept one would be stale.
    if (/^\s*pragma\b/i.test(sql)) return statement
    cache.set(id, statement)
    const [oldest] = cache.keys()
    if (cache.size > MAX_STATEMENTS && oldest !== undefined) cache.delete(oldest)
    return statement
  }
}
