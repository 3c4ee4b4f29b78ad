import type { Row, SqlValue } from '../core/row.ts'

/** What one batch wrote. */
export interface JournalEntry {
  readonly runId: string
  readonly step: number
  /** From 1, without gaps. */
  readonly batch: number
  /** Rows inserted, or patched: primary key values and the hash of the mapped columns as they stand after this batch. */
  readonly rows: readonly JournalRow[]
  /** Rows that were there and were changed by upsert. */
  readonly updates: readonly JournalUpdate[]
}

export interface JournalRow {
  readonly pk: Row
  readonly hash: bigint
  /** Patch steps: the values written to the deferred columns, in their order. */
  readonly values?: Row
}

/** Rows inserted, without links, column by column: what a batch of thousands is packed from. */
export interface JournalColumns {
  /** Values of each primary key column, one a row. */
  readonly pks: readonly (readonly SqlValue[])[]
  readonly hashes: BigUint64Array
}

/** An entry to be packed. */
export interface JournalDraft extends Omit<JournalEntry, 'rows'> {
  readonly rows: readonly JournalRow[] | JournalColumns
}

export interface JournalUpdate extends JournalRow {
  /** The mapped columns before the upsert, in the step's column order. */
  readonly before: readonly SqlValue[]
}
