import type { RecordBytes } from '../core/record-bytes.ts'
import type { Row } from '../core/row.ts'
import type { Codec, Session } from './target.ts'

/** Rows in the form their engine takes at once, made in any thread: what one thread gives another. */
export interface PackedRows {
  readonly count: number
  /** SQLite: the file they stand in ... */
  readonly file?: string
  /** ... and how many of them their table would store just as they stand there. */
  readonly twins?: number
  /** Servers: what is sent, and the statement it belongs to. */
  readonly bytes?: Uint8Array
  readonly sql?: string
}

/** How rows are packed. */
export interface RowPacking {
  /** What packing must know of the table, asked once a step; can be cloned. undefined where this session takes no packed rows. */
  readPlan(session: Session, table: string, columns: readonly string[]): Promise<unknown>
  /** Begins a batch of rows of these columns; `file`: a path for it alone; `spare`: memory of batches before, where a packer can use it once more. */
  open(place: PackingPlace): RowPacker
}

export interface PackingPlace {
  readonly plan: unknown
  readonly columns: readonly string[]
  readonly codecs: readonly Codec[]
  readonly file: string
  readonly spare?: Buffer[]
}

/** Packs the rows of one batch as they come, so that none of them has to stay in memory. */
export interface RowPacker {
  /** False where a row must be inserted the long way: the batch cannot be packed. */
  add(row: Row): boolean
  /** The record of the row added last, where packing made the one that `RowHasher` hashes: nobody has to make it again. */
  canonicalRecord?(): RecordBytes | undefined
  finish(): PackedRows
}
