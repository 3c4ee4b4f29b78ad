import type { Reject } from '../core/reject.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Lease } from '../state/lease.ts'
import type { Session } from '../target/target.ts'
import type { Pipeline, TransformedRow } from '../transform/pipeline.ts'
import type { RowHasher } from '../transform/row-hash.ts'

/** What every batch of one step is written with. */
export interface LoadContext {
  readonly session: Session
  readonly runId: string
  readonly lease: Lease
  readonly leaseTtlMs: number
  readonly mapping: ResolvedMapping
  readonly pipeline: Pipeline
  /** Hash of the step's columns followed by its deferred ones (NULL while loading): what the journal keeps. */
  readonly hashRow: RowHasher
  /** Places of the primary key columns in a row. */
  readonly pkPlaces: readonly number[]
  /** Whether keys go to ferry_id_map. */
  readonly idMapped: boolean
  /** Tables loaded with foreign key checks off between them (NOT NULL cycles): what points nowhere now may not once all of them are loaded. */
  readonly unchecked: ReadonlySet<string>
  /** Rejects that the whole run may still add; Infinity where nothing limits. */
  readonly allowedRejects: number
}

/** What became of rows that met the table. */
export interface WrittenRows {
  readonly inserted: readonly TransformedRow[]
  readonly updated: readonly { readonly row: TransformedRow; readonly before: TransformedRow['row'] }[]
  /** Rows that were there already; `pk` is theirs. */
  readonly skipped: readonly { readonly row: TransformedRow; readonly pk: TransformedRow['row'] }[]
  readonly rejects: readonly Reject[]
}
