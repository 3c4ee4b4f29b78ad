import type { Reject } from '../core/reject.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { attempt, refusal } from './insert-isolated.ts'
import type { LoadContext } from './load-context.ts'

/**
 * Fills the deferred columns of a patch step, inside the caller's transaction: each row is primary key values, then the values to set.
 * Only links that are still NULL are written; a row that is not in the table (it was rejected) is passed over.
 */
export async function writeLinks(
  context: LoadContext,
  rows: readonly TransformedRow[],
): Promise<{ readonly linked: readonly TransformedRow[]; readonly rejects: readonly Reject[] }> {
  const { session, pipeline } = context
  const { quote } = session.dialect
  const pk = pipeline.table.primaryKey
  const columns = pipeline.step.columns.slice(pk.length)
  const sql =
    `update ${quote(pipeline.table.name)} set ${columns.map((column) => `${quote(column)} = ?`).join(', ')} ` +
    `where ${pk.map((column) => `${quote(column)} = ?`).join(' and ')} and ${columns.map((column) => `${quote(column)} is null`).join(' and ')}`
  const linked: TransformedRow[] = []
  const rejects: Reject[] = []
  let count = 0
  const write = async (row: TransformedRow) => {
    count = await session.run(sql, [...row.row.slice(pk.length), ...row.row.slice(0, pk.length)])
  }
  const all = await attempt(session, async () => {
    for (const row of rows) {
      await write(row)
      if (count > 0) linked.push(row)
    }
  })
  if (all === undefined) return { linked, rejects }
  linked.length = 0
  for (const row of rows) {
    const fault = await attempt(session, () => write(row))
    if (fault !== undefined) rejects.push({ ...refusal(context, row, fault), stage: 'link' })
    else if (count > 0) linked.push(row)
  }
  return { linked, rejects }
}
