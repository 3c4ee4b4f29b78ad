import { FerryError } from '../core/errors.ts'
import type { Run } from '../state/runs.ts'
import { STATE_TABLES } from '../state/state-tables.ts'
import { readSteps } from '../state/steps.ts'
import { listMigrations } from '../target/migration-source.ts'
import type { Session, Target } from '../target/target.ts'

/**
 * Takes back exactly the Knex migrations that the run applied, newest first; names in that order. Those taken back already are passed over,
 * so it goes on after a kill. What is lost: every row of the tables the migrations made. The ferry_* tables stay.
 * Without `lossy` it refuses while a table that was not there before the migrations, and that the run wrote or that refers to one it wrote,
 * holds rows: after the rows level these are kept rows or the app's own. Opens and closes its own session; the caller must hold none on SQLite, where Knex has one connection.
 * @throws FERRY_ROLLBACK_REFUSED; FERRY_MIGRATE_FAILED when a `down` fails, or when a table that stays lost rows (SQLite rebuilds cascade)
 */
export async function rollbackSchema(options: { target: Target; run: Run; lossy: boolean }): Promise<readonly string[]> {
  const { target, run } = options
  const applied = run.facts.migrations ?? []
  if (applied.length === 0) return []
  const before = await withSession(target, async (session) => {
    if (!options.lossy) await assertEmpty(session, run)
    return countTables(session)
  })
  await listMigrations(target.knex) // makes TypeScript files loadable
  const [completed] = (await target.knex.migrate.list()) as [readonly { readonly name: string }[], unknown]
  const present = new Set(completed.map(({ name }) => name))
  const taken: string[] = []
  for (const name of [...applied].reverse()) {
    if (!present.has(name)) continue
    await takeBack(target, name)
    taken.push(name)
  }
  const own = tableOfMigrations(target)
  await withSession(target, (session) => assertNothingLost(session, new Map([...before].filter(([name]) => !own.includes(name)))))
  return taken
}

async function withSession<T>(target: Target, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await target.openSession()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

async function takeBack(target: Target, name: string): Promise<void> {
  try {
    await target.knex.migrate.down({ name })
  } catch (cause) {
    throw new FerryError('FERRY_MIGRATE_FAILED', `the down of migration ${name} failed`, {
      hint: 'Mend its down function, then run `ferry rollback --level schema` again: it goes on with this migration.',
      cause,
    })
  }
}

/** @throws FERRY_ROLLBACK_REFUSED naming the tables that hold rows */
async function assertEmpty(session: Session, run: Run): Promise<void> {
  const written = new Set((await readSteps(session, run.id)).map(({ table }) => table))
  const older = new Set(run.facts.tablesBefore ?? [])
  const filled: string[] = []
  for (const name of (await userTables(session)).filter((table) => !older.has(table))) {
    const table = await session.dialect.readTable(session, name)
    const concerned = written.has(name) || table?.foreignKeys.some(({ references }) => written.has(references.table))
    const count = concerned ? await countRows(session, name) : 0
    if (count > 0) filled.push(`${name} (${count})`)
  }
  if (filled.length === 0) return
  throw new FerryError('FERRY_ROLLBACK_REFUSED', `taking the migrations back would lose rows of ${filled.join(', ')}`, {
    hint: 'Roll back the rows first (`ferry rollback --level rows`); what is left is edited or the app’s own. `--lossy` drops it with the tables.',
  })
}

async function countTables(session: Session): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const name of await userTables(session)) counts.set(name, await countRows(session, name))
  return counts
}

async function assertNothingLost(session: Session, before: ReadonlyMap<string, number>): Promise<void> {
  const lost: string[] = []
  for (const name of await userTables(session)) {
    const was = before.get(name) ?? 0
    const is = await countRows(session, name)
    if (is < was) lost.push(`${name} (${was} before, ${is} now)`)
  }
  if (lost.length === 0) return
  throw new FerryError('FERRY_MIGRATE_FAILED', `taking the migrations back also took rows of tables that stay: ${lost.join(', ')}`, {
    hint: 'A table was rebuilt and its ON DELETE fired; bring the rows back with `ferry backup restore`.',
  })
}

/** Knex's own tables, which lose a row for every migration taken back. */
function tableOfMigrations(target: Target): readonly string[] {
  const name = target.knex.client.config.migrations?.tableName ?? 'knex_migrations'
  return [name, `${name}_lock`]
}

async function userTables(session: Session): Promise<readonly string[]> {
  return (await session.dialect.listTables(session)).filter((name) => !STATE_TABLES.includes(name))
}

async function countRows(session: Session, table: string): Promise<number> {
  const [found] = await session.all<{ amount: number }>(`SELECT COUNT(*) AS amount FROM ${session.dialect.quote(table)}`)
  return Number(found?.amount ?? 0)
}
