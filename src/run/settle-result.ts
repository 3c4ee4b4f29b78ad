import type { FerryError } from '../core/errors.ts'
import type { RunStatus } from '../core/run-status.ts'
import { writeReport } from '../report/write-report.ts'
import { listDropped } from '../state/dropped-indexes.ts'
import { groupRejects } from '../state/rejects.ts'
import { readSteps } from '../state/steps.ts'
import type { OpenRun } from './open-run.ts'
import { countRows } from './read-tables.ts'
import type { RunResult, StepResult } from './run-options.ts'

/** Exit code by stored status, where no error says it better. */
const EXIT: Readonly<Record<RunStatus, number>> = {
  running: 130,
  paused: 0,
  failed: 1,
  verifying: 130,
  completed: 0,
  completed_with_rejects: 3,
  completed_unverified: 0,
  rolling_back: 1,
  rolled_back: 1,
  cancelled: 1,
}

/** What the run came to, read from the database; written into the run's folder as report.json and report.html. */
export async function settleResult(open: OpenRun, error: FerryError | undefined): Promise<RunResult> {
  const { ambient, report } = open.place
  const said = error === undefined ? undefined : { code: error.code, message: error.message, hint: error.hint }
  const rest = await readRest(open).catch(() => ({ steps: [], rejects: 0, openLinks: 0, groups: [], missing: [], status: open.run.status }))
  const status = rest.status
  const exitCode = isUndone(open.run) ? 6 : (error?.exitCode ?? exitOf(status, rest.rejects + rest.openLinks))
  const ms = Math.max(0, ambient.now() - open.run.startedAt)
  report({ type: 'run:finished', status, ms, ...(said === undefined ? {} : { error: said }) })
  const result: RunResult = {
    runId: open.run.id,
    status,
    exitCode,
    steps: rest.steps,
    rejects: rest.rejects,
    openLinks: rest.openLinks,
    folder: open.place.folder,
    ms,
    ...(said === undefined ? {} : { error: said }),
  }
  if (error?.cause !== undefined) Object.defineProperty(result, 'cause', { value: error.cause, enumerable: false })
  await writeReportOf(open, result, { groups: rest.groups, missing: rest.missing }).catch(() => {
    report({ type: 'notice', text: 'the report could not be written; `ferry report` makes it again' })
  })
  return result
}

/** Nothing of the run is left: no row was kept, and no migration it applied. */
function isUndone({ status, facts }: OpenRun['run']): boolean {
  const kept = Object.values(facts.kept ?? {}).some((count) => count > 0)
  return status === 'rolled_back' && !kept && (facts.migrations ?? []).length === 0
}

function exitOf(status: RunStatus, rejects: number): number {
  return status === 'completed_unverified' && rejects > 0 ? 3 : EXIT[status]
}

async function readRest(open: OpenRun) {
  const { session } = open
  const { id, status } = await open.refresh()
  const steps: StepResult[] = []
  for (const { number, kind, mapping, table, counts } of await readSteps(session, id)) {
    steps.push({ number, kind, mapping, table, counts, rowsInTable: await countRows(session, table) })
  }
  const groups = await groupRejects(session, id)
  const links = groups.filter(({ stage }) => stage === 'link').reduce((sum, { count }) => sum + count, 0)
  const rejects = groups.reduce((sum, { count }) => sum + count, 0) - links
  const missing = (await listDropped(session, id)).map(({ name }) => name)
  return { steps, rejects, openLinks: links, groups, missing, status }
}

async function writeReportOf(
  open: OpenRun,
  result: RunResult,
  rest: { groups: Awaited<ReturnType<typeof groupRejects>>; missing: readonly string[] },
): Promise<void> {
  const { run, place } = open
  await writeReport(place.folder, {
    runId: run.id,
    transfer: run.transfer,
    kind: run.kind,
    parentId: run.parentId,
    status: result.error?.code === 'FERRY_RUN_INTERRUPTED' ? 'interrupted' : result.status,
    exitCode: result.exitCode,
    source: place.source.name,
    target: place.target.label,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    steps: result.steps,
    rejects: rest.groups,
    openLinks: result.openLinks,
    missingIndexes: rest.missing,
    preflight: place.forecast?.checks ?? [],
    migrations: run.facts.migrations ?? [],
    switched: run.facts.switched ?? [],
    kept: run.facts.kept ?? {},
    ...(open.verification === undefined ? {} : { verification: open.verification }),
    ...(run.facts.backup === undefined ? {} : { backup: run.facts.backup }),
    ...(result.error === undefined ? {} : { error: result.error }),
  })
}
