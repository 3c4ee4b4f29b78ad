import type { Session } from '../target.ts'

/**
 * Faults that SQLite finds in its file, in the rules of columns, and between rows and their indexes. An index of `made` was made of the rows that
 * stand in its table: of a table that has no other, no row is looked up in them again, which takes most of the time of a large one.
 */
export async function checkSqliteIntegrity(session: Session, made: ReadonlySet<string>): Promise<readonly string[]> {
  if (made.size === 0) return problemsOf(await session.rows('PRAGMA integrity_check'))
  const problems = [...problemsOf(await session.rows('PRAGMA quick_check'))]
  const kept = await session.rows("SELECT DISTINCT tbl_name, name FROM sqlite_schema WHERE type = 'index'")
  const tables = new Set(kept.filter(([, name]) => !made.has(String(name))).map(([table]) => String(table)))
  for (const table of await withoutRowid(session)) tables.add(table)
  for (const table of tables) problems.push(...problemsOf(await session.rows(`PRAGMA integrity_check(${session.dialect.quote(table)})`)))
  return [...new Set(problems)]
}

/** Such a table is an index itself. */
async function withoutRowid(session: Session): Promise<readonly string[]> {
  const rows = await session.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND wr = 1")
  return rows.map(([name]) => String(name))
}

function problemsOf(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map(([problem]) => String(problem)).filter((problem) => problem !== 'ok')
}
