import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import type { StationTimes } from '../core/station-times.ts'
import type { PackedRows } from '../target/row-packing.ts'

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

/** A transformed batch of a patch step: the rows as its pipeline gives them, without the items they are of. */
export interface LinkBatch extends Pick<PackedBatch, 'items' | 'rejects' | 'filtered' | 'nulled' | 'times'> {
  readonly links: readonly Row[]
}
