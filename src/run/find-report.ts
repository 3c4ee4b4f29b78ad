import { join, resolve } from 'node:path'
import { isSuccess } from '../core/run-status.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { ReportData, ReportFinal } from '../report/report-data.ts'
import { readReport, writeReport } from '../report/write-report.ts'
import type { Target } from '../target/target.ts'
import { type RunStatusReport, readStatus } from './read-status.ts'

export interface ReportPlace {
  readonly transfer: ResolvedTransfer
  readonly target: Target
  /** Default: the newest. */
  readonly runId?: string | undefined
}

export interface FoundReport {
  readonly data: ReportData
  readonly folder: string
}

/** The report of a run; written anew when there is none or the run moved on since. @throws FERRY_RUN_NOT_FOUND */
export async function findReport(place: ReportPlace): Promise<FoundReport> {
  const status = await statusOf(place)
  const folder = folderOf(place, status)
  const written = readReport(folder)
  if (written !== undefined && written.status === status.state) return { data: written, folder }
  return { data: await writeReport(folder, toFinal(status, { ...place, written })), folder }
}

/** Writes the report of a run as it stands now, so that the page does not go on telling what was. @throws FERRY_RUN_NOT_FOUND */
export async function renewReport(place: ReportPlace): Promise<FoundReport> {
  const status = await statusOf(place)
  const folder = folderOf(place, status)
  return { data: await writeReport(folder, toFinal(status, { ...place, written: readReport(folder) })), folder }
}

function statusOf({ transfer, target, runId }: ReportPlace): Promise<RunStatusReport> {
  return readStatus(target, { transfer: transfer.name, ...(runId === undefined ? {} : { runId }) })
}

function folderOf({ transfer }: ReportPlace, { run }: RunStatusReport): string {
  return resolve(run.facts.folder ?? join(transfer.folder, 'runs', run.id))
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
    source: written?.source ?? transfer.source?.name ?? 'unknown',
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
  if (run.status === 'rolled_back') return exitOfUndone(run)
  if (!isSuccess(run.status)) return run.status === 'completed_unverified' || run.status === 'paused' ? 0 : 1
  return run.status === 'completed_with_rejects' ? 3 : 0
}

/** 6 where a failed run was undone by itself, whole; 1 where rows were kept. */
function exitOfUndone({ errorCode, facts }: RunStatusReport['run']): number {
  if (Object.values(facts.kept ?? {}).some((count) => count > 0)) return 1
  return errorCode === null ? 0 : 6
}
