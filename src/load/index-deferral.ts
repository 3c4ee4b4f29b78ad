import type { Report } from '../core/events.ts'
import { forgetDropped, listDropped, recordDropped } from '../state/dropped-indexes.ts'
import type { ForeignKeyInfo, Session, TableInfo } from '../target/target.ts'

/** Below this many expected rows, building indexes on the way costs less than it takes to explain. */
export const DEFER_FROM_ROWS = 50_000

/** The indexes of a table that can be dropped and made again: no rule rests on them but `away`, and the engine tells the text that makes them. */
export function deferrableIndexes(
  table: TableInfo,
  away: readonly ForeignKeyInfo[],
): readonly { readonly name: string; readonly ddl: string }[] {
  const names = new Set(away.map(({ name }) => name))
  return table.indexes.flatMap(({ name, unique, neededBy = [], ddl }) =>
    unique || !neededBy.every((link) => names.has(link)) || ddl === undefined ? [] : [{ name, ddl }],
  )
}

/**
 * Drops the non-unique secondary indexes of a table that is empty and about to get many rows. Their DDL is committed to ferry_indexes first,
 * so that no crash can lose one. An index that a foreign key needs stays where that is not `away`: MySQL refuses to drop it (error 1553).
 */
export async function deferIndexes(
  session: Session,
  table: TableInfo,
  options: { readonly away: readonly ForeignKeyInfo[]; readonly runId: string; readonly report: Report; readonly now: () => number },
): Promise<void> {
  const started = options.now()
  const indexes = deferrableIndexes(table, options.away)
  if (indexes.length === 0) return
  await recordDropped(
    session,
    indexes.map(({ name, ddl }) => ({ runId: options.runId, table: table.name, name, kind: 'index', ddl })),
  )
  for (const { name } of indexes) await session.run(dropSql(session, table.name, name))
  options.report({ type: 'indexes:dropped', table: table.name, names: indexes.map(({ name }) => name), ms: options.now() - started })
}

function dropSql(session: Session, table: string, name: string): string {
  const { quote, engine } = session.dialect
  if (engine === 'mysql') return `drop index ${quote(name)} on ${quote(table)}`
  // An index lives in its table's schema, which the search path need not lead to.
  const schema = engine === 'postgres' ? table.slice(0, table.lastIndexOf('.') + 1) : ''
  return `drop index if exists ${schema === '' ? '' : `${quote(schema.slice(0, -1))}.`}${quote(name)}`
}

/** Makes every dropped index of a run again; one that is there already (killed between DDL and record) is only forgotten. The names of those it made. */
export async function restoreIndexes(
  session: Session,
  runId: string,
  options: { readonly report: Report; readonly now: () => number },
): Promise<ReadonlySet<string>> {
  const made = new Set<string>()
  for (const dropped of await listDropped(session, runId)) {
    if (dropped.kind !== 'index') continue
    const started = options.now()
    const table = await session.dialect.readTable(session, dropped.table)
    if (table !== undefined && !table.indexes.some(({ name }) => name === dropped.name)) {
      await createIndex(session, dropped.ddl)
      made.add(dropped.name)
    }
    await forgetDropped(session, dropped)
    options.report({ type: 'indexes:restored', table: dropped.table, names: [dropped.name], ms: options.now() - started })
  }
  return made
}

async function createIndex(session: Session, ddl: string): Promise<void> {
  if (session.dialect.createIndex === undefined) await session.run(ddl)
  else await session.dialect.createIndex(session, ddl)
}
