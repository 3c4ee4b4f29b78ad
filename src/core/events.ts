import type { StepCounts } from './position.ts'
import type { RunStatus } from './run-status.ts'
import type { StationTimes } from './station-times.ts'

/** What a run says of itself, in order. Times in ms since 1970, sizes in bytes. Progress, logs, `--json` and the report are all made of these. */
export type RunEvent = { readonly at: number; readonly runId: string } & (
  | { readonly type: 'run:started'; readonly transfer: string; readonly resumed: boolean; readonly steps: readonly StepInfo[] }
  | {
      readonly type: 'phase:started'
      readonly phase: Phase
      /** load: the steps to come, where they were not known when the run started. */
      readonly steps?: readonly StepInfo[]
    }
  | { readonly type: 'phase:finished'; readonly phase: Phase; readonly ms: number; readonly detail: string }
  | {
      readonly type: 'step:started'
      readonly step: number
      readonly mapping: string
      readonly kind: 'load' | 'patch'
      readonly expected: number | undefined
      readonly counts: StepCounts
    }
  | {
      readonly type: 'batch:committed'
      readonly step: number
      readonly batch: number
      /** Items, rejects of this batch. */
      readonly items: number
      readonly rejects: number
      readonly ms: number
      /** Totals of the step so far. */
      readonly counts: StepCounts
      readonly rssBytes: number
      readonly stations: StationTimes
    }
  | { readonly type: 'batch:retried'; readonly step: number; readonly attempt: number; readonly reason: string; readonly waitMs: number }
  | { readonly type: 'batch:isolated'; readonly step: number; readonly batch: number; readonly rows: number; readonly rejected: number }
  | { readonly type: 'step:finished'; readonly step: number; readonly mapping: string; readonly counts: StepCounts; readonly ms: number }
  | {
      readonly type: 'indexes:dropped' | 'indexes:restored' | 'foreign-keys:dropped' | 'foreign-keys:restored'
      readonly table: string
      readonly names: readonly string[]
      readonly ms: number
    }
  | { readonly type: 'notice'; readonly text: string }
  | {
      readonly type: 'run:finished'
      readonly status: RunStatus
      readonly ms: number
      readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
    }
)

export type Phase = 'preflight' | 'backup' | 'migrate' | 'spool' | 'load' | 'verify' | 'switch' | 'rollback'

export interface StepInfo {
  readonly number: number
  readonly mapping: string
  readonly kind: 'load' | 'patch'
  readonly table: string
}

/** Omit that keeps the union apart. */
type Unstamped<E> = E extends RunEvent ? Omit<E, 'at' | 'runId'> : never

/** Where a station reports to; stamps time and run. Must not throw. */
export type Report = (event: Unstamped<RunEvent>) => void
