import type { Reject } from '../core/reject.ts'
import { attempt } from '../target/attempt.ts'
import type { EngineFault } from '../target/target.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { isolateRefused } from './isolate-refused.ts'
import type { LoadContext } from './load-context.ts'

export interface Isolated {
  readonly inserted: readonly TransformedRow[]
  readonly rejects: readonly Reject[]
}

/** Inserts rows inside the caller's transaction; see `isolateRefused` for those that the engine refuses. */
export async function insertIsolated(context: LoadContext, rows: readonly TransformedRow[]): Promise<Isolated> {
  const { session, pipeline } = context
  const inserted: TransformedRow[] = []
  const refused = await isolateRefused(rows, async (part) => {
    const values = part.map(({ row }) => row)
    const fault = await attempt(session, () => session.insertRows(pipeline.table.name, pipeline.step.columns, values))
    if (fault === undefined) for (const row of part) inserted.push(row)
    return fault
  })
  return { inserted, rejects: refused.map(({ row, fault }) => refusal(context, row, fault)) }
}

/** The reject of a row that the engine refused. */
export function refusal(context: LoadContext, refused: TransformedRow, fault: EngineFault): Reject {
  const code = (fault.rule ?? fault.kind).toUpperCase()
  const { item } = refused
  return {
    mapping: context.mapping.name,
    ordinal: item.ordinal,
    key: refused.key,
    stage: 'load',
    code,
    pointer: '',
    reason: `${context.pipeline.table.name} refused the row: ${[fault.rule ?? fault.kind, fault.detail].filter(Boolean).join(' on ')}`,
    budgeted: true,
    value: item.value,
    ...(item.record.key === item.key ? {} : { parentKey: item.parentKey, index: item.index }),
  }
}
