import type { Difference, TableVerdict } from './verify.ts'

/** Counts every difference of one mapping's rows, and keeps the first of the whole verification to show. */
export class MappingTally {
  missing = 0
  extra = 0
  changed = 0
  changedSince = 0
  /** Rows this run should have there, and rows found. */
  expected = 0
  found = 0
  readonly table: string
  readonly mapping: string
  readonly #list: DifferenceList

  constructor(list: DifferenceList, table: string, mapping: string) {
    this.#list = list
    this.table = table
    this.mapping = mapping
  }

  /** A row that should be there and is not. Deleting what was moved is never taken for an edit. */
  addMissing(key: string): void {
    this.missing += 1
    this.#list.show({ kind: 'missing', table: this.table, key })
  }

  addExtra(key: string): void {
    if (this.#list.later) this.changedSince += 1
    else this.extra += 1
    this.#list.show({ kind: this.#list.later ? 'changed_since' : 'extra', table: this.table, key })
  }

  /** Rows that are too many, where nothing tells which. */
  addUnnamedExtra(count: number): void {
    if (this.#list.later) this.changedSince += count
    else this.extra += count
  }

  /** A row that differs; `cells` is empty where only its hash is known. */
  addChanged(
    key: string,
    cells: readonly { readonly column: string; readonly expected: string | null; readonly found: string | null }[],
  ): void {
    const kind = this.#list.later ? 'changed_since' : 'changed'
    if (this.#list.later) this.changedSince += 1
    else this.changed += 1
    if (cells.length === 0) this.#list.show({ kind, table: this.table, key })
    for (const cell of cells) this.#list.show({ kind, table: this.table, key, ...cell })
  }

  verdict(): TableVerdict {
    const { table, mapping, expected, found, missing, extra, changed, changedSince } = this
    return { table, mapping, expected, found, missing, extra, changed, changedSince }
  }
}

/** The differences to show, at most `limit`. */
export class DifferenceList {
  readonly shown: Difference[] = []
  /** The app has gone on: what it edited or added cannot be told from damage. */
  readonly later: boolean
  readonly #limit: number

  constructor(options: { later: boolean; limit: number }) {
    this.later = options.later
    this.#limit = options.limit
  }

  show(difference: Difference): void {
    if (this.shown.length < this.#limit) this.shown.push(difference)
  }
}
