import { listRuns, type Run } from '../state/runs.ts'
import { hasState } from '../state/state-tables.ts'
import type { Target } from '../target/target.ts'

/** The runs of a transfer, newest first; none where the target has never seen a run. */
export async function listAllRuns(target: Target, transfer: string): Promise<readonly Run[]> {
  const session = await target.openSession()
  try {
    return (await hasState(session)) ? await listRuns(session, { transfer, limit: 200 }) : []
  } finally {
    await session.close()
  }
}
