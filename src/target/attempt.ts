import { faultOf } from './engine-error.ts'
import type { EngineFault, Session } from './target.ts'

/** Savepoint of `attempt`. */
export const PART = 'ferry_part'

/** Runs `work` inside a savepoint; a refusal of the data is undone and returned, every other error is thrown. */
export async function attempt(session: Session, work: () => Promise<unknown>): Promise<EngineFault | undefined> {
  await session.savepoint(PART)
  try {
    await work()
  } catch (error) {
    const fault = faultOf(error)
    const refused = fault !== undefined && (fault.kind === 'constraint' || fault.kind === 'value')
    if (!refused || !session.inTransaction) throw error
    await session.rollbackTo(PART)
    await session.release(PART)
    return fault
  }
  await session.release(PART)
  return undefined
}

/** `attempt` of a statement for each row; the refusal names the row. */
export async function attemptEach<Row>(
  session: Session,
  rows: readonly Row[],
  write: (row: Row) => Promise<unknown>,
): Promise<EngineFault | undefined> {
  let at = 0
  const fault = await attempt(session, async () => {
    for (const row of rows) {
      at += 1
      await write(row)
    }
  })
  return fault && { ...fault, row: at }
}
