import type { RunStatus } from '../core/run-status.ts'
import { type DroppedIndex, listDropped } from '../state/dropped-indexes.ts'
import { isOwnerAlive } from '../state/lease.ts'
import { groupRejects, type RejectGroup } from '../state/rejects.ts'
import type { Run } from '../state/runs.ts'
import { readSteps, type StepState } from '../state/steps.ts'
import type { Session, Target } from '../target/target.ts'
import { findRun } from './find-run.ts'

export interface RunStatusReport {
  readonly run: Run
  /** The stored status, or `interrupted`: a running run whose owner is dead. */
  readonly state: RunStatus | 'interrupted'
  /** A process works on it that lives, as far as this host can tell. A lease alone says nothing: killed after its last commit, an owner leaves it on a finished run. */
  readonly owned: boolean
  readonly steps: readonly StepState[]
  readonly rejects: readonly RejectGroup[]
  readonly openRejects: number
  readonly missingIndexes: readonly DroppedIndex[]
  /** Commands that make sense now, most useful first: `ferry resume`. */
  readonly next: readonly { readonly command: string; readonly why: string }[]
}

const BUSY: ReadonlySet<RunStatus> = new Set(['running', 'verifying', 'rolling_back'])

/** One run by id (or a unique beginning of it), else the newest. @throws FERRY_RUN_NOT_FOUND */
export async function readStatus(target: Target, options: { transfer?: string; runId?: string } = {}): Promise<RunStatusReport> {
  const session = await target.openSession()
  try {
    const run = await findRun(session, options)
    const gone = await isInterrupted(session, run)
    const state = gone && run.status !== 'rolling_back' ? 'interrupted' : run.status
    const [open] = await session.all<{ n: number }>("SELECT count(*) AS n FROM ferry_rejects WHERE run_id = ? AND status = 'open'", [
      run.id,
    ])
    const openRejects = Number(open?.n ?? 0)
    return {
      run,
      state,
      owned: BUSY.has(run.status) && !gone,
      steps: await readSteps(session, run.id),
      rejects: await groupRejects(session, run.id),
      openRejects,
      missingIndexes: await listDropped(session, run.id),
      next: suggest(state, openRejects),
    }
  } finally {
    await session.close()
  }
}

/** A busy run whose lease is free, expired, or held by a process that is dead on this host. */
export async function isInterrupted(session: Session, run: Run): Promise<boolean> {
  if (!BUSY.has(run.status)) return false
  if (run.owner === null || run.leaseExpiresAt === null || isOwnerAlive(run.owner) === false) return true
  const [clock] = await session.all<{ now_ms: number }>(`SELECT ${session.dialect.nowMs} AS now_ms`)
  return run.leaseExpiresAt <= Number(clock?.now_ms ?? 0)
}

const RESUME = { command: 'ferry resume', why: 'goes on after the last committed batch' }
const ROLLBACK = { command: 'ferry rollback', why: 'takes out exactly what the run wrote' }
const VERIFY = { command: 'ferry verify', why: 'compares every row again' }
const RETRY = { command: 'ferry retry', why: 'lands the open rejects after the mapping is mended' }
const REJECTS = { command: 'ferry rejects', why: 'shows what was rejected, by cause' }

function suggest(state: RunStatusReport['state'], openRejects: number): RunStatusReport['next'] {
  const rejects = openRejects > 0 ? [REJECTS, RETRY] : []
  if (state === 'running' || state === 'verifying') return [{ command: 'ferry pause', why: 'stops after the current batch' }]
  if (state === 'paused' || state === 'interrupted' || state === 'failed') return [RESUME, ROLLBACK]
  if (state === 'rolling_back') return [ROLLBACK]
  if (state === 'cancelled') return [ROLLBACK]
  if (state === 'rolled_back') return [{ command: 'ferry transfer', why: 'starts again' }]
  return [...rejects, VERIFY, ROLLBACK]
}
