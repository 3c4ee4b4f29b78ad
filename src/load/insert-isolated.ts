import type { Reject } from '../core/reject.ts'
import { faultOf } from '../target/engine-error.ts'
import type { EngineFault, Session } from '../target/target.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import type { LoadContext } from './load-context.ts'

export interface Isolated {
  readonly inserted: readonly TransformedRow[]
  readonly rejects: readonly Reject[]
}

/**
 * Inserts rows inside the caller's transaction; where the engine refuses one, halves by savepoints, in source order and cumulatively:
 * everything before a row is in the table when that row is tried, so the first of two duplicates wins.
 */
export async function insertIsolated(context: LoadContext, rows: readonly TransformedRow[]): Promise<Isolated> {
  const inserted: TransformedRow[] = []
  const rejects: Reject[] = []
  const waiting: (readonly TransformedRow[])[] = rows.length === 0 ? [] : [rows]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const fault = await tryInsert(context, part)
    if (fault === undefined) {
      for (const row of part) inserted.push(row)
    } else {
      const [only] = part
      if (part.length === 1 && only !== undefined) rejects.push(refusal(context, only, fault))
      else waiting.push(...split(part, fault))
    }
  }
  return { inserted, rejects }
}

/** The parts still to be tried, last first: around the row the engine named, else two halves. */
function split(part: readonly TransformedRow[], fault: EngineFault): (readonly TransformedRow[])[] {
  const named = fault.row === undefined ? -1 : fault.row - 1
  if (named >= 0 && named < part.length) {
    return [part.slice(named + 1), part.slice(named, named + 1), part.slice(0, named)].filter((piece) => piece.length > 0)
  }
  const middle = part.length >> 1
  return [part.slice(middle), part.slice(0, middle)]
}

async function tryInsert(context: LoadContext, part: readonly TransformedRow[]): Promise<EngineFault | undefined> {
  const { session, pipeline } = context
  return attempt(session, () =>
    session.insertRows(
      pipeline.table.name,
      pipeline.step.columns,
      part.map((transformed) => transformed.row),
    ),
  )
}

/** Runs `work` inside a savepoint; a refusal of the data is undone and returned, every other error is thrown. */
export async function attempt(session: Session, work: () => Promise<unknown>): Promise<EngineFault | undefined> {
  await session.savepoint('ferry_part')
  try {
    await work()
  } catch (error) {
    const fault = faultOf(error)
    const refused = fault !== undefined && (fault.kind === 'constraint' || fault.kind === 'value')
    if (!refused || !session.inTransaction) throw error
    await session.rollbackTo('ferry_part')
    await session.release('ferry_part')
    return fault
  }
  await session.release('ferry_part')
  return undefined
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
