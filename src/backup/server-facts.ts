import type { Session, Target } from '../target/target.ts'
import { migrationTable } from './target-facts.ts'

/** Rows of every table, and the Knex migrations applied, as the session sees them now. */
export async function readServerFacts(
  session: Session,
  target: Target,
): Promise<{ readonly migrations: string[]; readonly rows: Record<string, number> }> {
  const { dialect } = session
  const rows: Record<string, number> = {}
  for (const name of await dialect.listTables(session)) {
    const [found] = await session.all<{ amount: number }>(`select count(*) as amount from ${dialect.quote(name)}`)
    rows[name] = Number(found?.amount ?? 0)
  }
  const table = migrationTable(target)
  const known = Object.keys(rows).find((name) => name === table || name.endsWith(`.${table}`))
  const applied = known === undefined ? [] : await session.all<{ name: string }>(`select name from ${dialect.quote(known)} order by id`)
  return { migrations: applied.map(({ name }) => String(name)), rows }
}
