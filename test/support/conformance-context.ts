import type { Knex } from 'knex'
import type { SqlValue } from '../../src/core/row.ts'
import { faultOf } from '../../src/target/engine-error.ts'
import type { EngineFault, Session, TableInfo, Target } from '../../src/target/target.ts'

/** An empty database of its own, for one test. */
export interface ConformanceDatabase {
  readonly config: Knex.Config
  drop(): Promise<void> | void
}

export interface ConformanceEngine {
  readonly name: string
  createDatabase(): Promise<ConformanceDatabase> | ConformanceDatabase
  /** Text of a table `nodes(id, parent_id)` whose foreign key is checked at COMMIT; absent where the engine has none. */
  readonly deferredTable?: string
  /** Whether `setForeignKeyChecks` alone lets an orphan in (not on PostgreSQL). */
  readonly switchesForeignKeys: boolean
}

export interface ConformanceContext {
  target(): Target
  session(): Session
  config(): Knex.Config
}

export async function countThings(session: Session): Promise<SqlValue | undefined> {
  const [row] = await session.all('SELECT count(*) AS n FROM things')
  return row?.n
}

export async function addThing(session: Session, id: number, values: Readonly<Record<string, SqlValue>> = {}): Promise<void> {
  const row: Readonly<Record<string, SqlValue>> = { id, code: `c${id}`, ...values }
  await session.run(session.dialect.insertSql('things', Object.keys(row)), Object.values(row))
}

export async function readThings(session: Session): Promise<TableInfo> {
  const table = await session.dialect.readTable(session, 'things')
  if (table === undefined) throw new Error('the table things is gone')
  return table
}

export async function errorOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}

export async function faultIn(work: () => Promise<unknown>): Promise<EngineFault | undefined> {
  return faultOf(await errorOf(work))
}
