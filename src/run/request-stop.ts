import { FerryError } from '../core/errors.ts'
import { restoreWithdrawn } from '../load/restore-withdrawn.ts'
import { dropLease, ownerName, takeLease } from '../state/lease.ts'
import { moveRun, readRun, requestStop } from '../state/runs.ts'
import type { Target } from '../target/target.ts'
import { findRun } from './find-run.ts'
import { isInterrupted } from './read-status.ts'
import { SYSTEM_AMBIENT } from './system-ambient.ts'

/** Asks the owner of a run to pause or to cancel; a run without a living owner is moved at once. Resolves with what happened. @throws FERRY_RUN_NOT_FOUND, FERRY_RUN_NOT_RESUMABLE */
export async function askToStop(
  target: Target,
  options: { transfer?: string; runId?: string; request: 'pause' | 'cancel' },
): Promise<{ readonly runId: string; readonly done: 'asked' | 'moved' }> {
  const session = await target.openSession()
  try {
    const run = await findRun(session, options)
    const goes = options.request === 'pause' ? ['running'] : ['running', 'verifying', 'paused', 'failed']
    if (!goes.includes(run.status)) {
      throw new FerryError('FERRY_RUN_NOT_RESUMABLE', `run ${run.id} is ${run.status}: there is nothing to ${options.request}`, {
        hint: '`ferry status` says what makes sense now.',
      })
    }
    const idle = run.status === 'paused' || run.status === 'failed' || (await isInterrupted(session, run))
    if (!idle) {
      await requestStop(session, run.id, options.request)
      return { runId: run.id, done: 'asked' }
    }
    const lease = await takeLease(session, run.id, { owner: ownerName(), ttlMs: 60_000 })
    try {
      if (options.request === 'cancel') await restoreWithdrawn(session, run.id, { report: () => {}, now: SYSTEM_AMBIENT.now })
      const { status } = await readRun(session, run.id)
      await session.begin()
      try {
        await moveRun(session, run.id, { from: status, to: options.request === 'pause' ? 'paused' : 'cancelled' })
        await session.commit()
      } catch (error) {
        await session.rollback()
        throw error
      }
    } finally {
      await dropLease(session, lease)
    }
    return { runId: run.id, done: 'moved' }
  } finally {
    await session.close()
  }
}
