import { FerryError, isFerryError } from '../core/errors.ts'
import { isSuccess, type RunStatus } from '../core/run-status.ts'
import { restoreWithdrawn } from '../load/restore-withdrawn.ts'
import { moveRun, requestStop } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import { faultOf } from '../target/engine-error.ts'
import type { OpenRun } from './open-run.ts'
import { PHASES, runPhase } from './phases.ts'
import type { RunResult, StopPoint } from './run-options.ts'
import { settleResult } from './settle-result.ts'
import { settleSource } from './settle-source.ts'
import { StopRun } from './stop-run.ts'
import { takeSchemaBack } from './take-schema-back.ts'
import { undoRun } from './undo-run.ts'

/** Takes a held run through `course` to rest. Resolves whatever it came to; always frees the run. */
export async function conduct(open: OpenRun, course: () => Promise<unknown>): Promise<RunResult> {
  try {
    const error = await tryCourse(open, course)
    return await settleResult(open, error)
  } finally {
    await open.close()
  }
}

async function tryCourse(open: OpenRun, course: () => Promise<unknown>): Promise<FerryError | undefined> {
  try {
    if ((await course()) !== 'paused') await complete(open)
    return undefined
  } catch (error) {
    return await settleTrouble(open, error)
  }
}

/** The course of a transfer: its phases, from the one it stands before. */
export async function runPhases(open: OpenRun, from: StopPoint): Promise<'done' | 'paused'> {
  for (const phase of PHASES.slice(PHASES.indexOf(from))) {
    if (open.place.options.stopBefore === phase) {
      await pauseBefore(open, phase)
      return 'paused'
    }
    await runPhase(open, phase)
  }
  return 'done'
}

async function move(open: OpenRun, to: RunStatus, error?: { code: string; message: string; hint: string }): Promise<void> {
  await open.refresh()
  await open.transact(async (session) => {
    await moveRun(session, open.run.id, { from: open.run.status, to, ...(error === undefined ? {} : { error }) })
    if (open.run.request !== null) await requestStop(session, open.run.id, null)
  })
  await open.refresh()
}

async function pauseBefore(open: OpenRun, phase: StopPoint): Promise<void> {
  await settleSource(open, { wait: true })
  await open.remember({ nextPhase: phase, stopBefore: phase })
  await move(open, 'paused')
}

async function complete(open: OpenRun): Promise<void> {
  const steps = await readSteps(open.session, open.run.id)
  const rejected = steps.reduce((sum, { counts }) => sum + counts.rejected, 0)
  const [links] = await open.session.all<{ n: number }>(
    "SELECT count(*) AS n FROM ferry_rejects WHERE run_id = ? AND stage = 'link' AND status = 'open'",
    [open.run.id],
  )
  const clean = rejected === 0 && Number(links?.n ?? 0) === 0
  if (open.run.facts.noVerify === true) await move(open, 'completed_unverified')
  else await move(open, clean ? 'completed' : 'completed_with_rejects')
}

/** Stores what stopped the run; resolves with the error to show, or undefined where a person asked for the stop. */
async function settleTrouble(open: OpenRun, error: unknown): Promise<FerryError | undefined> {
  if (error instanceof StopRun) return settleStop(open, error)
  if (open.place.signal.aborted && error === open.place.signal.reason) return settleStop(open, new StopRun('interrupt'))
  const said: FerryError = toFerryError(error)
  try {
    if (open.session.inTransaction) await open.session.rollback()
    open.prepareSession = undefined
    if (faultOf(error)?.kind === 'connection') {
      await open.reconnect()
      // The connection was lost after the last COMMIT was sent: all was done.
      if (isSuccess(open.run.status)) return undefined
    }
    await open.transact(async () => {}) // asks whether the run is still ours
    await move(open, 'failed', { code: said.code, message: said.message, hint: said.hint })
  } catch (trouble) {
    // Another owner writes the run's row now: what stopped us was its work.
    if (isFerryError(trouble, 'FERRY_RUN_FENCED')) return trouble
    // The target itself is the trouble (full disk, lost server): the run stays `running` with a dead lease, which resume takes up.
    return said
  }
  const onFailure = open.place.options.onFailure ?? open.place.transfer.onFailure
  if (onFailure !== 'rollback') return said
  try {
    await undoWhole(open)
    return said
  } catch (trouble) {
    const undoing = toFerryError(trouble)
    return new FerryError(undoing.code, `${said.code}: ${said.message}; and the rollback stopped: ${undoing.message}`, {
      hint: 'The rollback goes on with `ferry rollback`.',
      cause: trouble,
    })
  }
}

/** The levels switch, rows and schema; never restore, which would take others' work back too. */
async function undoWhole(open: OpenRun): Promise<void> {
  const { keptCount } = await undoRun(open)
  if ((open.run.facts.migrations ?? []).length === 0) return
  const { target } = open.place
  await open.withoutSession(() => takeSchemaBack({ target, run: open.run, kept: keptCount, lossy: false }))
  await open.remember({ migrations: [] })
}

async function settleStop(open: OpenRun, stop: StopRun): Promise<FerryError | undefined> {
  if (stop.reason === 'interrupt') {
    return new FerryError('FERRY_RUN_INTERRUPTED', 'stopped after the last batch; everything up to there is committed', {
      hint: `ferry resume --run ${open.run.id}`,
    })
  }
  if (stop.reason === 'pause') {
    await move(open, 'paused')
    return undefined
  }
  await restoreWithdrawn(open.session, open.run.id, { report: open.place.report, now: open.place.ambient.now })
  await move(open, 'cancelled')
  return undefined
}

function toFerryError(error: unknown): FerryError {
  if (error instanceof FerryError) return error
  const name = error instanceof Error ? error.name : typeof error
  return new FerryError('FERRY_INTERNAL', `an unexpected ${name} stopped the run`, {
    hint: 'Run the same command with --verbose for the cause; `ferry resume` goes on from the last batch.',
    cause: error,
  })
}
