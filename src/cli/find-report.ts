import { join, resolve } from 'node:path'
import { isSuccess } from '../core/run-status.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { ReportData, ReportFinal } from '../report/report-data.ts'
import { readReport, writeReport } from '../report/write-report.ts'
import { type RunStatusReport, readStatus } from '../run/read-status.ts'
import type { Target } from '../target/target.ts'

/** The report of a run; written anew when there is none or the run moved on since. @throws FERRY_RUN_NOT_FOUND */
export async function findReport(place: {
  readonly transfer: ResolvedTransfer
  readonly target: Target
  readonly runId: string | undefined
}): Promise<{ readonly data: ReportData; readonly folder: string }> {
  const { transfer, target, runId } = place
  const status = await readStatus(target, { transfer: transfer.name, ...(runId === undefined ? {} : { runId }) })
  const folder = resolve(status.run.facts.folder ?? join(transfer.folder, 'runs', status.run.id))
  const written = readReport(folder)
  if (written !== undefined && written.status === status.state) return { data: written, folder }
  return { data: await writeReport(folder, toFinal(status, { transfer, target, written })), folder }
}

interface Known {
  readonly transfer: ResolvedTransfer
  readonly target: Target
  /** What an older report holds that the database does not: checks and verification. */
  readonly written: ReportData | undefined
}

function toFinal(status: RunStatusReport, { transfer, target, written }: Known): ReportFinal {
  const { run } = status
  const { facts } = run
  return {
    runId: run.id,
    transfer: run.transfer,
    kind: run.kind,
    parentId: run.parentId,
    status: status.state,
    exitCode: exitCodeOf(status),
    source: transfer.source?.name ?? 'unknown',
    target: target.label,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    steps: status.steps,
    rejects: status.rejects,
    openRejects: status.openRejects,
    missingIndexes: status.missingIndexes.map((index) => `${index.table}.${index.name}`),
    next: status.next,
    ...(written === undefined ? {} : { preflight: written.preflight }),
    ...(written?.verification == null ? {} : { verification: written.verification }),
    ...(facts.backup === undefined ? {} : { backup: facts.backup }),
    ...(facts.migrations === undefined ? {} : { migrations: facts.migrations }),
    ...(facts.switched === undefined ? {} : { switched: facts.switched }),
    ...(facts.kept === undefined ? {} : { kept: facts.kept }),
    ...(run.errorCode === null ? {} : { error: { code: run.errorCode, message: run.errorMessage ?? '', hint: run.errorHint ?? '' } }),
  }
}

/** The exit code the run's command ended with, or would end with now. */
function exitCodeOf({ run, state }: RunStatusReport): number {
  if (state === 'interrupted') return 130
  if (!isSuccess(run.status)) return run.status === 'completed_unverified' || run.status === 'paused' ? 0 : 1
  return run.status === 'completed_with_rejects' ? 3 : 0
}
