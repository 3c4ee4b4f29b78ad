import { resolve } from 'node:path'
import { FerryError } from '../core/errors.ts'
import { insertRun, listRuns, type Run, readRun } from '../state/runs.ts'
import type { Session } from '../target/target.ts'
import { conductRetry, rejectSource } from './conduct-retry.ts'
import { findRun, isUnfinished } from './find-run.ts'
import { newRunId, openPlace, runFolder } from './new-place.ts'
import { OpenRun, type RunPlace } from './open-run.ts'
import type { RunResult, TransferOptions } from './run-options.ts'

/**
 * Takes up the open rejects of a run under the definition as it is now, as a child run with its own journal: parents first, then children, then links.
 * @throws FERRY_RUN_NOT_FOUND, FERRY_RUN_NOT_RESUMABLE (the run is not completed, or has no open rejects), FERRY_RUN_EXISTS (another run of the transfer is open)
 */
export async function retryRejects(options: TransferOptions & { runId?: string }): Promise<RunResult> {
  const session = await options.target.openSession()
  const runId = newRunId()
  let open: OpenRun | undefined
  let opened: ReturnType<typeof openPlace> | undefined
  try {
    const root = await findRun(session, { transfer: options.transfer.name, runId: options.runId, kind: 'transfer' })
    await assertRetryable(session, root)
    const folder = resolve(runFolder(options.transfer.folder, runId))
    opened = openPlace(options, { runId, source: rejectSource(root.sourceFingerprint), folder })
    open = await beginRetry(session, { place: opened.place, root, runId })
  } finally {
    if (open === undefined) {
      opened?.discard()
      await session.close()
    }
  }
  try {
    return await conductRetry(open)
  } finally {
    opened.close()
  }
}

async function assertRetryable(session: Session, root: Run): Promise<void> {
  if (!root.status.startsWith('completed')) {
    throw new FerryError('FERRY_RUN_NOT_RESUMABLE', `run ${root.id} is ${root.status}; only a completed run's rejects can be retried`, {
      hint: 'Finish it first: `ferry resume`.',
    })
  }
  const unfinished = (await listRuns(session, { transfer: root.transfer })).find(isUnfinished)
  if (unfinished !== undefined) {
    throw new FerryError('FERRY_RUN_EXISTS', `run ${unfinished.id} of ${root.transfer} is ${unfinished.status}`, {
      hint: `Go on with \`ferry resume --run ${unfinished.id}\`, or take it out with \`ferry rollback --run ${unfinished.id}\`.`,
    })
  }
  const [open] = await session.all<{ n: number }>("SELECT count(*) AS n FROM ferry_rejects WHERE run_id = ? AND status = 'open'", [root.id])
  if (Number(open?.n ?? 0) > 0) return
  throw new FerryError('FERRY_RUN_NOT_RESUMABLE', `run ${root.id} has no open rejects`, { hint: 'Nothing is left to retry.' })
}

async function beginRetry(
  session: Session,
  given: { readonly place: RunPlace; readonly root: Run; readonly runId: string },
): Promise<OpenRun> {
  const { place, root, runId } = given
  await session.begin()
  try {
    await session.all(`SELECT * FROM ferry_version ${session.dialect.forUpdate}`)
    await assertRetryable(session, root)
    await insertRun(
      session,
      {
        id: runId,
        transfer: root.transfer,
        kind: 'retry',
        parentId: root.id,
        definitionHash: place.transfer.hash,
        definitionText: place.transfer.hashedText,
        sourceFingerprint: root.sourceFingerprint,
        source: JSON.stringify({ adapter: 'rejects', spooled: false }),
        schemaText: '',
        facts: { folder: place.folder },
      },
      { owner: place.owner, ttlMs: place.leaseTtlMs },
    )
    await session.commit()
  } catch (error) {
    await session.rollback()
    throw error
  }
  const run = await readRun(session, runId)
  place.report({ type: 'run:started', transfer: root.transfer, resumed: false, steps: [] })
  return new OpenRun(place, { session, run, lease: { runId, token: run.leaseToken, owner: place.owner } })
}
