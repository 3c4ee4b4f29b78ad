import { FerryError } from '../core/errors.ts'
import { listRuns, type Run } from '../state/runs.ts'
import { hasState } from '../state/state-tables.ts'
import type { Session } from '../target/target.ts'

/** A run by its id or a unique beginning of it; else the newest (of a transfer, of a kind). @throws FERRY_RUN_NOT_FOUND */
export async function findRun(
  session: Session,
  wanted: { readonly transfer?: string | undefined; readonly runId?: string | undefined; readonly kind?: Run['kind'] },
): Promise<Run> {
  const runs = (await hasState(session)) ? await listRuns(session, wanted.transfer === undefined ? {} : { transfer: wanted.transfer }) : []
  const { runId } = wanted
  const fitting = runs.filter((run) =>
    runId === undefined ? wanted.kind === undefined || run.kind === wanted.kind : run.id.startsWith(runId),
  )
  const [run] = fitting
  if (run !== undefined && (runId === undefined || fitting.length === 1 || run.id === runId)) return run
  const exact = fitting.find(({ id }) => id === runId)
  if (exact !== undefined) return exact
  const what =
    runId === undefined
      ? `no run${wanted.transfer === undefined ? '' : ` of ${wanted.transfer}`}`
      : `${fitting.length === 0 ? 'no run' : 'more than one run'} ${runId}`
  throw new FerryError('FERRY_RUN_NOT_FOUND', `there is ${what} in this database`, {
    hint: 'Start one with `ferry transfer`; check that --env and --config point at the right database.',
  })
}

const UNFINISHED: ReadonlySet<Run['status']> = new Set(['running', 'paused', 'failed', 'verifying', 'rolling_back'])

/** Whether a run still has something to do or to undo. */
export function isUnfinished(run: Run): boolean {
  return UNFINISHED.has(run.status)
}
