import type { Row } from '../core/row.ts'
import { faultOf } from '../target/engine-error.ts'
import type { EngineFault, Staging } from '../target/target.ts'
import { attempt, PART } from './isolate-refused.ts'
import type { LoadContext } from './load-context.ts'

/** Below this many rows a statement of its own for each costs less than the detour. */
const STAGE_FROM_ROWS = 20
const NAME = 'ferry_stage'

/** What a staging table answers, and whether there was one. */
export type Staged<T> = { readonly answer: T } | undefined

/**
 * Puts `rows` into a temporary table by the bulk path and runs `work` on it, inside the caller's transaction; the table is gone afterwards.
 * Undefined, and nothing done, where a staging table is not worth it, the engine needs none, or the user may make none.
 */
export async function withStage<T>(
  context: LoadContext,
  stage: { readonly columns: readonly string[]; readonly rows: readonly Row[] },
  work: (name: string, staging: Staging) => Promise<T>,
): Promise<Staged<T>> {
  const { session, pipeline } = context
  const { staging } = session.dialect
  if (staging === undefined || stage.rows.length < STAGE_FROM_ROWS) return undefined
  if (!(await makeStage(context, staging.createSql(NAME, pipeline.table.name, stage.columns)))) return undefined
  await session.insertRows(NAME, stage.columns, stage.rows)
  const answer = await work(NAME, staging)
  await session.run(staging.dropSql(NAME))
  return { answer }
}

/** False where the server makes none for this user, or in this place. */
async function makeStage({ session }: LoadContext, sql: string): Promise<boolean> {
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

/** Whether the outcome of updates does not hang on their order: no unique index but those the rows are found by holds a column that is set. */
export function isOrderFree(context: LoadContext, match: readonly string[]): boolean {
  const { table, step } = context.pipeline
  const fixed = new Set([...table.primaryKey, ...match])
  const known = new Set(table.columns.map(({ name }) => name))
  return table.indexes.every(
    ({ unique, columns }) =>
      !unique ||
      (columns.every((column) => known.has(column)) && columns.every((column) => fixed.has(column) || !step.columns.includes(column))),
  )
}

/** Stands for the fault of rows that were updated by one statement: a single one is never staged, so it is told of no row. */
export const SEVERAL_REFUSED: EngineFault = Object.freeze<EngineFault>({ kind: 'other' })

export interface StagedUpdate {
  /** Columns that are set; rows are found by their primary keys. */
  readonly set: readonly string[]
  readonly rows: readonly Row[]
  /** Only where all of them are NULL, and each of the rows is to be met once. */
  readonly whereNull: boolean
}

/**
 * Updates rows by one statement. `refused`, and nothing written, where a rule refused one of them, or one that is to be met was not;
 * undefined, and nothing done, where there is no staging table.
 */
export async function updateStaged(context: LoadContext, { set, rows, whereNull }: StagedUpdate): Promise<'done' | 'refused' | undefined> {
  const { session, pipeline } = context
  const { step, table } = pipeline
  let outcome: 'done' | 'refused' | undefined
  const fault = await attempt(session, async () => {
    const staged = await withStage(context, { columns: step.columns, rows }, (name, staging) =>
      session.run(staging.updateSql(table.name, name, { set, on: table.primaryKey, whereNull })),
    )
    if (staged === undefined) return
    outcome = whereNull && staged.answer !== rows.length ? 'refused' : 'done'
    if (outcome === 'refused') await session.rollbackTo(PART)
  })
  return fault === undefined ? outcome : 'refused'
}
