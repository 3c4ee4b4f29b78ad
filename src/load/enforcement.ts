import { FerryError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import { resumeForeignKeys, withdrawForeignKeys } from '../state/foreign-key-checks.ts'
import type { ForeignKeyInfo, ForeignKeyNames, Session, TableInfo } from '../target/target.ts'

interface Doing {
  readonly runId: string
  readonly report: Report
  readonly now: () => number
}

/** Takes foreign keys of a table away for its load. */
export async function deferForeignKeys(session: Session, links: readonly ForeignKeyInfo[], { runId, report, now }: Doing): Promise<void> {
  const [first] = links
  if (first === undefined) return
  const started = now()
  await withdrawForeignKeys(session, runId, links)
  report({ type: 'foreign-keys:dropped', table: first.table, names: links.map(({ name }) => name), ms: now() - started })
}

/** Makes every dropped foreign key of a run again, which checks all rows; those of each table. @throws FERRY_LOAD_FOREIGN_KEYS */
export async function restoreForeignKeys(session: Session, { runId, report, now }: Doing): Promise<ForeignKeyNames> {
  const made = new Map<string, Set<string>>()
  if (session.dialect.withdrawal === undefined) return made
  let started = now()
  await resumeForeignKeys(session, runId, ({ table, name }) => {
    made.set(table, (made.get(table) ?? new Set()).add(name))
    report({ type: 'foreign-keys:restored', table, names: [name], ms: now() - started })
    started = now()
  })
  return made
}

/** Turns them on again and asks of every row what the engine did not ask. @throws FERRY_LOAD_FOREIGN_KEYS */
export async function assertForeignKeys(session: Session, runId: string, tables: readonly TableInfo[]): Promise<void> {
  await resumeForeignKeys(session, runId)
  const broken: string[] = []
  for (const table of tables) {
    for (const { foreignKey, count } of await session.dialect.checkForeignKeys(session, table)) {
      if (count > 0) broken.push(`${table.name}.${foreignKey}: ${count}`)
    }
  }
  if (broken.length === 0) return
  throw new FerryError('FERRY_LOAD_FOREIGN_KEYS', `rows point to parents that are not there: ${broken.join('; ')}`, {
    hint: 'Take the run out with `ferry rollback`, then mend the source or make the reference optional so that it can be patched.',
  })
}
