import type { Key } from './record.ts'

/** The station that turned the item away. */
export type RejectStage = 'extract' | 'validate' | 'transform' | 'reference' | 'load' | 'link'

/**
 * A record that cannot become a row, kept whole.
 * `raw` is set instead of `value` where the source could not be read.
 */
export interface Reject {
  readonly mapping: string
  /** The item's place in its step, counted from 0 over read items. */
  readonly ordinal: number
  readonly key: Key | undefined
  readonly stage: RejectStage
  /** UPPER_SNAKE cause, e.g. `SCHEMA`, `MISSING_REFERENCE`, `PARENT_REJECTED`, `UNIQUE`. docs/rejects.md lists them. */
  readonly code: string
  /** JSON pointer into the record, '' for the whole of it. */
  readonly pointer: string
  /** One sentence, without the value. */
  readonly reason: string
  /** Whether it counts against `maxRejects` (PARENT_REJECTED does not). */
  readonly budgeted: boolean
  readonly value?: unknown
  readonly raw?: string
  /** For an `each` item: the parent record's key and the item's position, enough to find it again. */
  readonly parentKey?: Key
  readonly index?: number
}

/** Rejects of items that were counted from another ordinal: nobody knew how many elements the lists before them hold. */
export function countedFrom(more: number, rejects: readonly Reject[]): readonly Reject[] {
  return more === 0 ? rejects : rejects.map((reject) => ({ ...reject, ordinal: reject.ordinal + more }))
}
