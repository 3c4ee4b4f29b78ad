import type { Report } from '../core/events.ts'
import { type DroppedIndex, forgetDropped, listDropped, recordDropped } from '../state/dropped-indexes.ts'
import { faultOf } from '../target/engine-error.ts'
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
  const dropped = indexes.map(({ name, ddl }): DroppedIndex => ({ runId: options.runId, table: table.name, name, kind: 'index', ddl }))
  await recordDropped(session, dropped)
  const names: string[] = []
  for (const index of dropped) {
    if (await tryDrop(session, index)) names.push(index.name)
    else await forgetDropped(session, index)
  }
  if (names.length > 0) options.report({ type: 'indexes:dropped', table: table.name, names, ms: options.now() - started })
}

/** False where the engine refuses: on MySQL a foreign key of another database may need it. It stays then, which costs time alone. */
async function tryDrop(session: Session, { table, name }: DroppedIndex): Promise<boolean> {
  try {
    await session.run(dropSql(session, table, name))
    return true
  } catch (error) {
    const kind = faultOf(error)?.kind
    if (kind !== 'other' && kind !== 'read-only') throw error
    return false
  }
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
