import type { Cursor } from './record.ts'

/**
 * Where a step stands, between two items. It can stand anywhere, even inside one record with a million children.
 * Start of a step: `{ cursor: null, taken: 0, item: 0, ordinal: 0 }`.
 */
export interface Position {
  /** The cursor *before* the page we are in; null at the beginning. */
  readonly cursor: Cursor
  /** Records wholly taken of that page. */
  readonly taken: number
  /** Items taken of the record after those, in its `each` list. */
  readonly item: number
  /** Items read by this step so far; the next item's ordinal. */
  readonly ordinal: number
  /** In a checkpoint: where its last batch began, so that a resume can transform that batch again and compare. */
  readonly batchStart?: Omit<Position, 'batchStart'>
}

export const START: Position = Object.freeze({ cursor: null, taken: 0, item: 0, ordinal: 0 })

/** What a step counted, in items. `read = inserted + updated + skipped + rejected + filtered`, or the run fails. */
export interface StepCounts {
  readonly read: number
  readonly inserted: number
  readonly updated: number
  readonly skipped: number
  readonly rejected: number
  readonly filtered: number
  /** Rejects that count against the budget (part of `rejected`). */
  readonly budgeted: number
  /** References set to NULL because their parent is absent, by policy; counted apart. */
  readonly nulled: number
  /** Patch steps only: links written. */
  readonly linked: number
}

export const NO_COUNTS: StepCounts = Object.freeze({
  read: 0,
  inserted: 0,
  updated: 0,
  skipped: 0,
  rejected: 0,
  filtered: 0,
  budgeted: 0,
  nulled: 0,
  linked: 0,
})

/** Adds two counts. */
export function addCounts(a: StepCounts, b: StepCounts): StepCounts {
  return {
    read: a.read + b.read,
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    skipped: a.skipped + b.skipped,
    rejected: a.rejected + b.rejected,
    filtered: a.filtered + b.filtered,
    budgeted: a.budgeted + b.budgeted,
    nulled: a.nulled + b.nulled,
    linked: a.linked + b.linked,
  }
}
