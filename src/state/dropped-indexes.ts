import type { SqlValue } from '../core/row.ts'
import type { Session } from '../target/target.ts'

/** An index or foreign key taken away for a load; its row exists before the drop and goes after it was made again. */
export interface DroppedIndex {
  readonly runId: string
  readonly table: string
  readonly name: string
  readonly kind: 'index' | 'foreign_key'
  readonly ddl: string
}

/** Commits the DDL of what is about to be dropped, in its own transaction; one that is recorded already stays as it is. */
export async function recordDropped(session: Session, indexes: readonly DroppedIndex[]): Promise<void> {
  if (indexes.length === 0) return
  await session.begin()
  try {
    for (const index of indexes) await recordOne(session, index)
    await session.commit()
  } catch (error) {
    await session.rollback()
    throw error
  }
}

/** In order of table and name, indexes before foreign keys, some of which need them. */
export async function listDropped(session: Session, runId: string): Promise<readonly DroppedIndex[]> {
  const found = await session.all<{ table_name: string; index_name: string; is_foreign_key: number; ddl: string }>(
    'SELECT table_name, index_name, is_foreign_key, ddl FROM ferry_indexes WHERE run_id = ? ORDER BY is_foreign_key, table_name, index_name',
    [runId],
  )
  return found.map((row) => ({
    runId,
    table: row.table_name,
    name: row.index_name,
    kind: row.is_foreign_key === 1 ? 'foreign_key' : 'index',
    ddl: row.ddl,
  }))
}

/** After it was made again. */
export async function forgetDropped(session: Session, dropped: DroppedIndex): Promise<void> {
  await session.run(`DELETE FROM ferry_indexes WHERE ${ONE}`, keyOf(dropped))
}

/** On MySQL an index may have the name of its foreign key. */
const ONE = 'run_id = ? AND table_name = ? AND index_name = ? AND is_foreign_key = ?'

function keyOf({ runId, table, name, kind }: DroppedIndex): readonly SqlValue[] {
  return [runId, table, name, kind === 'foreign_key' ? 1 : 0]
}

async function recordOne(session: Session, index: DroppedIndex): Promise<void> {
  const known = await session.all(`SELECT ddl FROM ferry_indexes WHERE ${ONE}`, keyOf(index))
  // A killed run may come here twice; the first text is the one read while the index was there.
  if (known.length > 0) return
  await session.run('INSERT INTO ferry_indexes (run_id, table_name, index_name, is_foreign_key, ddl) VALUES (?, ?, ?, ?, ?)', [
    ...keyOf(index),
    index.ddl,
  ])
}
