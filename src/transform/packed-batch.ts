import type { Reject } from '../core/reject.ts'
import type { StationTimes } from '../core/station-times.ts'
import type { PackedRows } from '../target/target.ts'

/** A transformed batch whose rows and journal are packed already. Every item is in exactly one of rows, rejects, filtered. */
export interface PackedBatch {
  readonly items: number
  readonly rows: PackedRows
  /** As `packJournal` makes it, of all the rows. */
  readonly journal: Uint8Array
  readonly rejects: readonly Reject[]
  readonly filtered: number
  /** References set to NULL by policy: column -> count. */
  readonly nulled: Readonly<Record<string, number>>
  readonly times: Pick<StationTimes, 'read' | 'transform' | 'pack'>
}
