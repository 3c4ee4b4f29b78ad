import type { Row } from '../core/row.ts'
import { attempt, PART } from './attempt.ts'
import { faultOf } from './engine-error.ts'
import type { Session, Staging } from './target.ts'

/** Below this many rows a statement of its own for each costs less than the detour. */
const STAGE_FROM_ROWS = 20
const NAME = 'ferry_stage'

/** What a staging table answers, and whether there was one. */
export type Staged<T> = { readonly answer: T } | undefined

/** Rows to be staged, with columns of a table. */
export interface Stage {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/**
 * Puts rows into a temporary table by the bulk path and runs `work` on it, inside the caller's transaction; the table is gone afterwards.
 * Undefined, and nothing done, where a staging table is not worth it, the engine needs none, or the user may make none.
 */
export async function withStage<T>(
  session: Session,
  { table, columns, rows }: Stage,
  work: (name: string, staging: Staging) => Promise<T>,
): Promise<Staged<T>> {
  const { staging } = session.dialect
  if (staging === undefined || rows.length < STAGE_FROM_ROWS) return undefined
  if (!(await makeStage(session, staging.createSql(NAME, table, columns)))) return undefined
  await session.insertRows(NAME, columns, rows)
  const answer = await work(NAME, staging)
  await session.run(staging.dropSql(NAME))
  return { answer }
}

/** False where the server makes none for this user, or in this place. */
async function makeStage(session: Session, sql: string): Promise<boolean> {
  // A batch that was rolled back leaves it on MySQL.
  await session.run(session.dialect.staging?.dropSql(NAME) ?? '')
  await session.savepoint('ferry_stage')
  try {
    await session.run(sql)
  } catch (error) {
    const kind = faultOf(error)?.kind
    if ((kind !== 'read-only' && kind !== 'other') || !session.inTransaction) throw error
    await session.rollbackTo('ferry_stage')
    await session.release('ferry_stage')
    return false
  }
  await session.release('ferry_stage')
  return true
}

export interface StagedUpdate extends Stage {
  /** Columns that are set. */
  readonly set: readonly string[]
  /** Columns that rows are found by. */
  readonly on: readonly string[]
  /** Only where all of `set` are NULL, and each of the rows is to be met once. */
  readonly whereNull: boolean
}

/**
 * Updates rows by one statement. `refused`, and nothing written, where a rule refused one of them, or one that is to be met was not;
 * undefined, and nothing done, where there is no staging table.
 */
export async function updateStaged(
  session: Session,
  { set, on, whereNull, ...stage }: StagedUpdate,
): Promise<'done' | 'refused' | undefined> {
  let outcome: 'done' | 'refused' | undefined
  const fault = await attempt(session, async () => {
    const staged = await withStage(session, stage, (name, staging) =>
      session.run(staging.updateSql(stage.table, name, { set, on, whereNull })),
    )
    if (staged === undefined) return
    outcome = whereNull && staged.answer !== stage.rows.length ? 'refused' : 'done'
    if (outcome === 'refused') await session.rollbackTo(PART)
  })
  return fault === undefined ? outcome : 'refused'
}
