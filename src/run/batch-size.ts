import type { RunPlace } from './open-run.ts'

/** A much shorter transaction is mostly COMMIT and round trips; a longer one keeps its locks, and those who wait for them, for nothing. */
const TRANSACTION_MS = 250
/** So far from that, up or down, it is near enough: every commit takes another time. */
const NEAR_ENOUGH = 2
/** From the wait for a batch to its commit nobody looks whether to stop, and the lease is not renewed. */
const TURN_MS = 2_000
const LEAST_ROWS = 100
const MOST_ROWS = 50_000
/** One slow commit says little: the next size is never far from the one it was measured with. */
const MOST_GROWTH = 2
const MOST_SHRINKING = 4
/** Of the source: two batches a thread are in memory together, each in several forms. */
const MOST_BYTES = 2 * 1024 * 1024
/** The same where a larger transaction saves more than time for its COMMIT, see `hasScatteredKeys`. */
const MOST_SCATTERED_BYTES = 8 * 1024 * 1024

/** What a committed batch tells about the next one, in ms. Pauses and the waits between two tries are no part of it. */
export interface CommittedBatch {
  readonly rows: number
  /** From BEGIN to the end of COMMIT. */
  readonly transactionMs: number
  /** Reading, transforming and the transaction. */
  readonly turnMs: number
}

/** How large the batches of one step are. */
export interface BatchSize {
  /** Items of a batch that begins now. */
  rows(): number
  /** About how many bytes of the source it may hold. */
  readonly bytes: number
  /** Whether somebody said it. */
  readonly isFixed: boolean
  /** Told of every batch that was committed. */
  learn(batch: CommittedBatch): void
}

export interface BatchBounds {
  /** Where bytes of the source bound nothing. */
  readonly mostRows?: number
  /** Whether the step's rows have keys in no order that a commit pays for. */
  readonly scattered?: boolean
}

/** As large as the person said; where nobody said, whatever the target takes in a moment. */
export function createBatchSize({ options, transfer }: Pick<RunPlace, 'options' | 'transfer'>, bounds: BatchBounds = {}): BatchSize {
  const { mostRows = MOST_ROWS, scattered = false } = bounds
  const { batchBytes } = transfer
  const batchRows = options.batchRows ?? transfer.batchRows
  if (options.batchRows !== undefined || !transfer.batchesAdapt)
    return { rows: () => batchRows, bytes: batchBytes, isFixed: true, learn: () => {} }
  const most = Math.min(mostRows, rowsOfOneSecond(options.throttle))
  let rows = Math.min(batchRows, most)
  return {
    rows: () => rows,
    bytes: Math.min(batchBytes, scattered ? MOST_SCATTERED_BYTES : MOST_BYTES),
    isFixed: false,
    learn(batch) {
      if (batch.rows > 0) rows = nextBatchRows(batch, { rows, most })
    },
  }
}

/**
 * Items for the next batch, where it would have `now.rows` so far. Reckoned from the rows of the one that was committed: others of an older size
 * are under way when the size changes.
 */
export function nextBatchRows(batch: CommittedBatch, now: { readonly rows: number; readonly most: number }): number {
  const { rows, transactionMs, turnMs } = batch
  const isShort = transactionMs < TRANSACTION_MS / NEAR_ENOUGH && turnMs < TURN_MS / NEAR_ENOUGH
  const isLong = transactionMs > TRANSACTION_MS * NEAR_ENOUGH || turnMs > TURN_MS
  if (!isShort && !isLong) return now.rows
  const factor = Math.min(TRANSACTION_MS / transactionMs, TURN_MS / turnMs, MOST_GROWTH)
  const next = Math.round(rows * Math.max(factor, 1 / MOST_SHRINKING))
  return Math.min(Math.max(next, LEAST_ROWS), now.most)
}

/** The pause after a batch is as long as its rows are worth. */
function rowsOfOneSecond(throttle: number | undefined): number {
  return throttle === undefined || throttle <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(throttle))
}
