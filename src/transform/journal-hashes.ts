import type { Row } from '../core/row.ts'
import { RowSum } from '../core/row-sum.ts'
import type { RowLook } from '../target/table-rows.ts'
import type { RowHasher } from './row-hash.ts'

/** How the rows of a load step, and the links that a patch step filled, are hashed. */
export interface LinkedRows {
  /** Of the columns of the load, patched ones included. */
  readonly hashRow: RowHasher
  /** Of the primary key and then the patched columns; undefined: there is no patch step. */
  readonly hashLink: RowHasher | undefined
  readonly pkPlaces: readonly number[]
  readonly patchedPlaces: readonly number[]
}

/** The hashes that a row of a load step and its links have, each as its journal wrote it. */
export interface JournalHashes {
  readonly load: bigint
  /** undefined: no link is set. */
  readonly patch: bigint | undefined
}

/** The journal hashes a load with its links still NULL, and the links by themselves. */
export function journalHashes({ hashRow, hashLink, pkPlaces, patchedPlaces }: LinkedRows, row: Row): JournalHashes {
  if (hashLink === undefined) return { load: hashRow(row), patch: undefined }
  const links = patchedPlaces.map((place) => row[place] ?? null)
  const linked = links.some((value) => value !== null)
  const pk = pkPlaces.map((place) => row[place] ?? null)
  return { load: loadHash({ hashRow, patchedPlaces }, row), patch: linked ? hashLink([...pk, ...links]) : undefined }
}

/** The hash that the journal keeps of a row's load. */
export function loadHash({ hashRow, patchedPlaces }: Pick<LinkedRows, 'hashRow' | 'patchedPlaces'>, row: Row): bigint {
  return hashRow(patchedPlaces.length === 0 ? row : blankLinks(patchedPlaces, row))
}

/** The row as it was before its links were filled. */
export function blankLinks(patchedPlaces: readonly number[], row: Row): Row {
  return row.map((value, place) => (patchedPlaces.includes(place) ? null : value))
}

/** Of a row that is hashed as a record. */
const NO_VALUES: Row = []

/** Sums of a step's rows and of their links, as the journal hashes them. */
export class JournalSums {
  readonly load = new RowSum()
  readonly patch = new RowSum()

  add({ load, patch }: JournalHashes): void {
    this.load.add(load)
    if (patch !== undefined) this.patch.add(patch)
  }

  /** Adds every row that a scan shows. */
  adding(rows: LinkedRows): RowLook {
    const row = (values: Row) => this.add(journalHashes(rows, values))
    // A record holds the links too.
    if (rows.hashLink !== undefined || rows.patchedPlaces.length > 0) return { row }
    return { row, record: (record) => this.load.add(rows.hashRow(NO_VALUES, record)) }
  }

  equals(other: JournalSums): boolean {
    return this.load.equals(other.load) && this.patch.equals(other.patch)
  }
}
