import type { Reject } from '../core/reject.ts'
import { attemptEach } from '../target/attempt.ts'
import { updateStaged } from '../target/stage-rows.ts'
import type { EngineFault } from '../target/target.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { refusal } from './insert-isolated.ts'
import { isolateRefused, SEVERAL_REFUSED } from './isolate-refused.ts'
import type { LoadContext } from './load-context.ts'

export interface WrittenLinks {
  readonly linked: readonly TransformedRow[]
  readonly rejects: readonly Reject[]
}

/**
 * Fills the deferred columns of a patch step, inside the caller's transaction: each row is primary key values, then the values to set.
 * Only links that are still NULL are written; a row that is not in the table (it was rejected) is passed over.
 */
export async function writeLinks(context: LoadContext, rows: readonly TransformedRow[]): Promise<WrittenLinks> {
  const linked: TransformedRow[] = []
  const refused = await isolateRefused(rows, (part) => linkTogether(context, part, linked))
  return { linked, rejects: refused.map(({ row, fault }): Reject => ({ ...refusal(context, row, fault), stage: 'link' })) }
}

/** By one statement where there is a staging table, else by one for each row; adds to `linked` the rows whose links were written. */
async function linkTogether(
  context: LoadContext,
  rows: readonly TransformedRow[],
  linked: TransformedRow[],
): Promise<EngineFault | undefined> {
  const { session, pipeline } = context
  const { quote } = session.dialect
  const pk = pipeline.table.primaryKey
  const columns = pipeline.step.columns.slice(pk.length)
  const stage = { table: pipeline.table.name, columns: pipeline.step.columns, rows: rows.map(({ row }) => row) }
  const staged = await updateStaged(session, { ...stage, set: columns, on: pk, whereNull: true })
  if (staged === 'refused') return SEVERAL_REFUSED
  if (staged === 'done') {
    for (const row of rows) linked.push(row)
    return undefined
  }
  const sql =
    `update ${quote(pipeline.table.name)} set ${columns.map((column) => `${quote(column)} = ?`).join(', ')} ` +
    `where ${pk.map((column) => `${quote(column)} = ?`).join(' and ')} and ${columns.map((column) => `${quote(column)} is null`).join(' and ')}`
  const written: TransformedRow[] = []
  const fault = await attemptEach(session, rows, async (row) => {
    const count = await session.run(sql, [...row.row.slice(pk.length), ...row.row.slice(0, pk.length)])
    if (count > 0) written.push(row)
  })
  if (fault === undefined) for (const row of written) linked.push(row)
  return fault
}
