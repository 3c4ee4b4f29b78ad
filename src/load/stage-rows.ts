import type { Row } from '../core/row.ts'
import { faultOf } from '../target/engine-error.ts'
import type { Staging } from '../target/target.ts'
import { attempt } from './insert-isolated.ts'
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

/** Updates rows by one statement: `set`, found by their primary keys. False where there is no staging table or a rule refused one of them: nothing is written then. */
export async function updateStaged(context: LoadContext, set: readonly string[], rows: readonly Row[]): Promise<boolean> {
  const { session, pipeline } = context
  const { step, table } = pipeline
  let staged: Staged<number>
  const fault = await attempt(session, async () => {
    staged = await withStage(context, { columns: step.columns, rows }, (name, staging) =>
      session.run(staging.updateSql(table.name, name, { set, on: table.primaryKey })),
    )
  })
  return staged !== undefined && fault === undefined
}
