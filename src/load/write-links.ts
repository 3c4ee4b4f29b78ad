import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
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

/** Rows without their items cannot become rejects: the batch is to be written by `writeLinks`. */
export class LinksRefused extends Error {}

/** As `writeLinks`, of rows alone: the linked ones. @throws LinksRefused, and what the engine says of a row that it refuses */
export async function writeLinkRows(context: LoadContext, rows: readonly Row[]): Promise<readonly Row[]> {
  const staged = await stageLinks(context, rows)
  if (staged === 'done') return rows
  if (staged === 'refused') throw new LinksRefused('some of the links were not written')
  const linked: Row[] = []
  const link = compileLink(context)
  for (const row of rows) if ((await link(row)) > 0) linked.push(row)
  return linked
}

/** By one statement where there is a staging table, else by one for each row; adds to `linked` the rows whose links were written. */
async function linkTogether(
  context: LoadContext,
  rows: readonly TransformedRow[],
  linked: TransformedRow[],
): Promise<EngineFault | undefined> {
  const staged = await stageLinks(
    context,
    rows.map(({ row }) => row),
  )
  if (staged === 'refused') return SEVERAL_REFUSED
  if (staged === 'done') {
    for (const row of rows) linked.push(row)
    return undefined
  }
  const written: TransformedRow[] = []
  const link = compileLink(context)
  const fault = await attemptEach(context.session, rows, async (row) => {
    if ((await link(row.row)) > 0) written.push(row)
  })
  if (fault === undefined) for (const row of written) linked.push(row)
  return fault
}

function stageLinks({ session, pipeline }: LoadContext, rows: readonly Row[]): ReturnType<typeof updateStaged> {
  const { table, step } = pipeline
  const [set, on] = [step.columns.slice(table.primaryKey.length), table.primaryKey]
  return updateStaged(session, { table: table.name, columns: step.columns, rows, set, on, whereNull: true })
}

/** Sets one row's links; resolves with how many rows there were: none, where it is gone or has its links. */
function compileLink({ session, pipeline }: LoadContext): (row: Row) => Promise<number> {
  const { quote } = session.dialect
  const pk = pipeline.table.primaryKey
  const columns = pipeline.step.columns.slice(pk.length)
  const sql =
    `update ${quote(pipeline.table.name)} set ${columns.map((column) => `${quote(column)} = ?`).join(', ')} ` +
    `where ${pk.map((column) => `${quote(column)} = ?`).join(' and ')} and ${columns.map((column) => `${quote(column)} is null`).join(' and ')}`
  return (row) => session.run(sql, [...row.slice(pk.length), ...row.slice(0, pk.length)])
}
