import { FerryError } from '../core/errors.ts'
import { faultOf } from '../target/engine-error.ts'
import type { EngineFault, ForeignKeyInfo, Session, TableInfo } from '../target/target.ts'
import { type DroppedIndex, forgetDropped, listDropped, recordDropped } from './dropped-indexes.ts'

/**
 * Turns foreign key checks off between the tables of a NOT NULL cycle. SQLite and MySQL have a switch of the session. PostgreSQL has none that an
 * ordinary user may touch, so the constraints themselves go, recorded in ferry_indexes before they do. Idempotent; outside a transaction.
 */
export async function suspendForeignKeys(session: Session, runId: string, tables: readonly TableInfo[]): Promise<void> {
  if (session.dialect.foreignKeysBySession !== false) {
    await session.dialect.setForeignKeyChecks(session, false)
    return
  }
  const names = new Set(tables.map(({ name }) => name))
  for (const { name } of tables) {
    const now = await session.dialect.readTable(session, name)
    const links = (now?.foreignKeys ?? []).filter((link) => names.has(link.references.table) && link.ddl !== undefined)
    await withdrawForeignKeys(session, runId, links)
  }
}

/** Drops foreign keys, recorded in ferry_indexes before they go. Outside a transaction. */
export async function withdrawForeignKeys(session: Session, runId: string, links: readonly ForeignKeyInfo[]): Promise<void> {
  await recordDropped(
    session,
    links.map((link): DroppedIndex => ({ runId, table: link.table, name: link.name, kind: 'foreign_key', ddl: JSON.stringify(link) })),
  )
  for (const link of links) await session.dialect.withdrawal?.drop(session, link)
}

/**
 * Turns them on again; foreign keys that went are made again, which checks every row.
 * @throws FERRY_LOAD_FOREIGN_KEYS when a row points to a parent that is not there
 */
export async function resumeForeignKeys(
  session: Session,
  runId: string,
  onAdded: (added: { readonly table: string; readonly name: string }) => void = () => {},
): Promise<void> {
  const { withdrawal, foreignKeysBySession } = session.dialect
  if (foreignKeysBySession !== false) await session.dialect.setForeignKeyChecks(session, true)
  if (withdrawal === undefined) return
  for (const dropped of await listDropped(session, runId)) {
    if (dropped.kind !== 'foreign_key') continue
    await withdrawal.restore(session, toForeignKey(dropped)).catch((cause: unknown) => {
      throw PASSING.has(faultOf(cause)?.kind) ? cause : cannotReturn(dropped, cause)
    })
    await forgetDropped(session, dropped)
    onAdded(dropped)
  }
}

/** Troubles that say nothing of the rows: whoever goes on later makes the key again. */
const PASSING: ReadonlySet<EngineFault['kind'] | undefined> = new Set(['connection', 'transient', 'locked'])

function cannotReturn({ table, name }: DroppedIndex, cause: unknown): FerryError {
  return new FerryError('FERRY_LOAD_FOREIGN_KEYS', `${table}: foreign key ${name} cannot be made again`, {
    hint: 'Rows point to parents that are not there. Take the run out with `ferry rollback`, which makes the constraint again.',
    cause,
  })
}

/** The foreign keys a table has, those suspended by an unfinished run included. */
export async function withSuspended(session: Session, table: TableInfo): Promise<TableInfo> {
  if (session.dialect.withdrawal === undefined) return table
  const found = await session.all<{ run_id: string }>('SELECT DISTINCT run_id FROM ferry_indexes WHERE is_foreign_key = 1')
  const links: ForeignKeyInfo[] = []
  for (const { run_id: runId } of found) {
    for (const dropped of await listDropped(session, runId)) {
      if (dropped.kind === 'foreign_key' && dropped.table === table.name) links.push(toForeignKey(dropped))
    }
  }
  const missing = links.filter(({ name }) => !table.foreignKeys.some((link) => link.name === name))
  return missing.length === 0 ? table : { ...table, foreignKeys: [...table.foreignKeys, ...missing] }
}

function toForeignKey(dropped: DroppedIndex): ForeignKeyInfo {
  return JSON.parse(dropped.ddl) as ForeignKeyInfo
}
