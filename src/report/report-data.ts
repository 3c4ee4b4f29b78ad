import type { Check } from '../core/check.ts'
import type { Phase } from '../core/events.ts'
import type { StepCounts } from '../core/position.ts'
import type { RunStatus } from '../core/run-status.ts'

/** Version of report.json; raised when a member changes its meaning or goes. */
export const REPORT_VERSION = 1

export interface ReportError {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** A step as the database holds it at the end. */
export interface ReportFinalStep {
  readonly number: number
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  readonly counts: StepCounts
  /** Items expected, as preflight counted them. */
  readonly expected?: number | null
  /** Rows the table holds, counted. */
  readonly rowsInTable?: number
  readonly ms?: number
}

export interface ReportRejectGroup {
  readonly mapping: string
  readonly stage: string
  readonly code: string
  readonly pointer: string
  readonly count: number
  readonly samples: readonly string[]
  readonly reason: string
}

export interface ReportVerification {
  readonly passed: boolean
  readonly basis: 'load' | 'source' | 'journal'
  readonly basisReason?: string
  readonly tables: readonly {
    readonly table: string
    readonly mapping: string
    readonly expected: number
    readonly found: number
    readonly missing: number
    readonly extra: number
    readonly changed: number
    readonly changedSince: number
  }[]
  readonly differences: readonly {
    readonly kind: string
    readonly table: string
    readonly key: string
    readonly column?: string
    readonly expected?: string | null
    readonly found?: string | null
  }[]
  readonly checks: readonly Check[]
  readonly ms: number
}

export interface ReportCommand {
  readonly command: string
  readonly why: string
}

/** What only the conductor knows when a run comes to rest; everything else is read from the events. */
export interface ReportFinal {
  readonly runId: string
  readonly transfer: string
  readonly kind?: 'transfer' | 'retry'
  readonly parentId?: string | null
  /** `interrupted`: a running run whose owner is dead. */
  readonly status: RunStatus | 'interrupted'
  readonly exitCode: number
  /** Words without secrets: `memory-store: data/store.ferry.ndjson`, `sqlite:/app/garage.sqlite`. */
  readonly source: string
  readonly target: string
  /** ms since 1970. */
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly steps: readonly ReportFinalStep[]
  readonly rejects: readonly ReportRejectGroup[]
  /** Rejects that no retry has brought in yet; default: all of `rejects`. */
  readonly openRejects?: number
  readonly openLinks?: number
  readonly preflight?: readonly Check[]
  readonly verification?: ReportVerification
  /** Path of the backup's manifest. */
  readonly backup?: string
  readonly migrations?: readonly string[]
  /** Files of the app's configuration that were switched. */
  readonly switched?: readonly string[]
  /** After a rollback: rows kept, by table. */
  readonly kept?: Readonly<Record<string, number>>
  readonly missingIndexes?: readonly string[]
  readonly error?: ReportError
  /** Commands that make sense now, most useful first; default: by the status. */
  readonly next?: readonly ReportCommand[]
}

export interface ReportStep {
  readonly number: number
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  readonly counts: StepCounts
  readonly expected: number | null
  readonly rowsInTable: number | null
  readonly ms: number
  readonly batches: number
  /** Batches tried again after a transient error, and batches searched for bad rows. */
  readonly retried: number
  readonly isolated: number
}

export interface ReportPhase {
  readonly phase: Phase
  readonly startedAt: number
  /** null: it did not finish. */
  readonly ms: number | null
  readonly detail: string
}

/** A moment of the load. Time counts only while a process worked on the run, so pauses leave no gap. */
export interface CurvePoint {
  readonly workMs: number
  /** Items read so far, over all steps. */
  readonly items: number
  readonly rssBytes: number
}

/** The content of report.json. */
export interface ReportData {
  readonly version: typeof REPORT_VERSION
  readonly runId: string
  readonly transfer: string
  readonly kind: 'transfer' | 'retry'
  readonly parentId: string | null
  readonly status: RunStatus | 'interrupted'
  readonly exitCode: number
  readonly source: string
  readonly target: string
  readonly startedAt: number
  readonly finishedAt: number | null
  /** Time that processes worked on the run. */
  readonly workMs: number
  /** How often a process took the run up: 1 without a resume. */
  readonly sessions: number
  readonly totals: StepCounts
  readonly itemsPerSecond: number
  readonly peakRssBytes: number
  readonly steps: readonly ReportStep[]
  readonly phases: readonly ReportPhase[]
  readonly curve: readonly CurvePoint[]
  readonly rejects: readonly ReportRejectGroup[]
  readonly openRejects: number
  readonly openLinks: number
  readonly preflight: readonly Check[]
  readonly verification: ReportVerification | null
  readonly backup: string | null
  readonly migrations: readonly string[]
  readonly switched: readonly string[]
  readonly kept: Readonly<Record<string, number>>
  readonly missingIndexes: readonly string[]
  readonly notices: readonly string[]
  readonly error: ReportError | null
  readonly next: readonly ReportCommand[]
  readonly undo: readonly ReportCommand[]
}
