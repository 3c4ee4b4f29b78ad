import type { Reject } from '../core/reject.ts'
import type { PackedRows } from '../target/target.ts'

/** A transformed batch whose rows and journal are packed already. Every item is in exactly one of rows, rejects, filtered. */
export interface PackedBatch {
  readonly rows: PackedRows
  /** As `packJournal` makes it, of all the rows. */
  readonly journal: Uint8Array
  readonly rejects: readonly Reject[]
  readonly filtered: number
  /** References set to NULL by policy: column -> count. */
  readonly nulled: Readonly<Record<string, number>>
  readonly times: StationTimes
}

/** Where the time of a batch went, in ms. */
export interface StationTimes {
  /** Reading and parsing. */
  readonly read: number
  /** Validation, columns, references. */
  readonly transform: number
  /** Hashing, journal, packing. */
  readonly pack: number
}
