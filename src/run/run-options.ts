import type { RunEvent } from '../core/events.ts'
import type { StepCounts } from '../core/position.ts'
import type { RunStatus } from '../core/run-status.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { Target } from '../target/target.ts'
import type { WorkerOptions } from './run-workers.ts'

/** What every operation on a transfer needs. */
export interface Workplace {
  readonly transfer: ResolvedTransfer
  readonly target: Target
  /** Receives every event, in order; must not throw. */
  readonly onEvent?: (event: RunEvent) => void
  /** Abort stops after the current batch; the run stays resumable. */
  readonly signal?: AbortSignal
}

export type StopPoint = 'backup' | 'migrate' | 'load' | 'verify' | 'switch'

export interface TransferOptions extends Workplace, WorkerOptions {
  /** Overrides the definition's source. */
  readonly source?: SourceAdapter
  readonly migrate?: boolean
  /** Start although a run of this transfer is completed: further records, met by skip or upsert. */
  readonly again?: boolean
  readonly stopBefore?: StopPoint
  readonly skipValidation?: boolean
  readonly noBackup?: boolean
  readonly noVerify?: boolean
  readonly maxRejects?: { readonly count: number } | { readonly share: number }
  readonly onFailure?: 'stop' | 'rollback'
  /** Items of every batch; without it, and without the definition's, batches adapt to the target. */
  readonly batchRows?: number
  /** Rows per second at most. Batches that adapt hold no more than that. */
  readonly throttle?: number
  readonly leaseTtlMs?: number
  /** Expected rows from which an empty table's non-unique indexes are dropped and made again after the load; default 50,000. */
  readonly deferIndexesFrom?: number
}

export interface StepResult {
  readonly number: number
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  readonly counts: StepCounts
  /** Rows the table holds now, counted. */
  readonly rowsInTable: number
}

/** What a run came to; `status` and the counts are what the database holds. */
export interface RunResult {
  readonly runId: string
  readonly status: RunStatus
  readonly exitCode: number
  readonly steps: readonly StepResult[]
  readonly rejects: number
  readonly openLinks: number
  readonly folder: string
  readonly ms: number
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
  /** What the error came from, for --verbose; not enumerable, so that it stays out of JSON (drivers quote values). */
  readonly cause?: unknown
}
