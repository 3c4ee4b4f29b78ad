import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isFerryError } from '../core/errors.ts'
import type { Report, RunEvent } from '../core/events.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { SnapshotSource } from '../snapshot/snapshot-source.ts'
import { createResolver } from '../state/resolver.ts'
import { addFacts, moveRun, type Run } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import { type VerifyResult, verifyRun } from '../verify/verify.ts'
import { findRun } from './find-run.ts'
import { prepareSteps } from './prepare-steps.ts'
import type { Workplace } from './run-options.ts'
import { createRunWorkers, type RunWorkers, type WorkerOptions } from './run-workers.ts'
import { SPOOL_FILE } from './start-transfer.ts'
import { createSumThreads } from './sum-threads.ts'
import { SYSTEM_AMBIENT } from './system-ambient.ts'

export type VerifyTransferOptions = Workplace &
  WorkerOptions & {
    readonly runId?: string
    readonly source?: SourceAdapter
    readonly strict?: boolean
    readonly limit?: number
  }

/** Verifies a run any time later; an unverified run that passes becomes completed. @throws FERRY_RUN_NOT_FOUND */
export async function verifyTransfer(options: VerifyTransferOptions): Promise<VerifyResult & { readonly runId: string }> {
  const { transfer, target } = options
  const session = await target.openSession()
  let workers: RunWorkers | undefined
  try {
    const run = await findRun(session, { transfer: transfer.name, runId: options.runId, kind: 'transfer' })
    const { tables, order } = await prepareSteps(session, transfer)
    const report: Report = (event) => options.onEvent?.({ at: SYSTEM_AMBIENT.now(), runId: run.id, ...event } as RunEvent)
    const matching = await matchingSource(options, run)
    const { source } = matching
    if (source !== undefined) workers = createRunWorkers({ options, transfer, source, target, report })
    const result = await verifyRun({
      transfer,
      ...matching,
      target,
      session,
      run,
      steps: await readSteps(session, run.id),
      tables,
      order,
      resolver: createResolver({ session, transfer, order, tables, runIds: [run.id] }),
      mode: 'later',
      strict: options.strict === true,
      limit: options.limit ?? 100,
      report,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(workers === undefined ? {} : { sumThreads: createSumThreads({ workers, transfer, source, tables, target }) }),
    })
    if (run.status === 'completed_unverified' && result.passed) {
      const rejected = (await readSteps(session, run.id)).reduce((sum, { counts }) => sum + counts.rejected, 0)
      await session.begin()
      try {
        await addFacts(session, run.id, { verified: { at: SYSTEM_AMBIENT.now(), passed: true, differences: 0 } })
        await moveRun(session, run.id, { from: run.status, to: rejected === 0 ? 'completed' : 'completed_with_rejects' })
        await session.commit()
      } catch (error) {
        await session.rollback()
        throw error
      }
    }
    return { ...result, runId: run.id }
  } finally {
    await workers?.close()
    await session.close()
  }
}

interface Matching {
  readonly source: SourceAdapter | undefined
  readonly withoutSource?: string
}

/** The source when definition and content are still those of the run; else undefined with the reason, and the journal is the basis. */
async function matchingSource(options: VerifyTransferOptions, run: Run): Promise<Matching> {
  const without = (withoutSource: string): Matching => ({ source: undefined, withoutSource })
  if (run.definitionHash !== options.transfer.hash) return without('the definition changed since the run')
  const spooled = run.facts.folder === undefined ? undefined : join(run.facts.folder, SPOOL_FILE)
  const source = spooled !== undefined && existsSync(spooled) ? new SnapshotSource(spooled) : (options.source ?? options.transfer.source)
  if (source === undefined) return without('no source is named')
  if (run.sourceFingerprint === '') return without('the run stopped before it had the fingerprint of the source')
  try {
    return (await source.fingerprint()) === run.sourceFingerprint ? { source } : without('the source changed since the run')
  } catch (error) {
    if (isFerryError(error)) return without(`the source cannot be read: ${error.code}`)
    throw error
  }
}
