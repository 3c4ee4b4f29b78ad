import type { Row } from '../core/row.ts'
import type { KeptRow } from './kept-row.ts'

/** Why a row stays, and where it is. */
export interface Keep {
  readonly table: string
  /** Text of `pkText`. */
  readonly text: string
  readonly pk: Row
  readonly why: KeptRow['why']
  readonly by?: string
}

/** The rows of a run that stay. The first reason found for a row is the one told. */
export class KeepSet {
  readonly #tables = new Map<string, Map<string, Keep>>()
  /** Kept, but what they refer to is not yet looked at. */
  #fresh: { table: string; pk: Row }[] = []

  has(table: string, pkText: string): boolean {
    return this.#tables.get(table)?.has(pkText) === true
  }

  add(keep: Keep): void {
    const { table, text, pk } = keep
    const known = this.#tables.get(table) ?? new Map<string, Keep>()
    this.#tables.set(table, known)
    if (known.has(text)) return
    known.set(text, keep)
    this.#fresh.push({ table, pk })
  }

  /** Rows added since the last call, by table. */
  takeFresh(): ReadonlyMap<string, readonly Row[]> {
    const taken = new Map<string, Row[]>()
    for (const { table, pk } of this.#fresh) {
      const pks = taken.get(table) ?? []
      taken.set(table, pks)
      pks.push(pk)
    }
    this.#fresh = []
    return taken
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#tables].map(([table, rows]) => [table, rows.size]))
  }

  /** Keys of one table. */
  keys(table: string): Iterable<string> {
    return this.#tables.get(table)?.keys() ?? []
  }

  /** At most `limit` of them, table by table. */
  list(limit: number): readonly KeptRow[] {
    const listed: KeptRow[] = []
    for (const rows of this.#tables.values()) {
      for (const { table, pk, why, by } of rows.values()) {
        if (listed.length === limit) return listed
        listed.push({ table, key: renderPk(pk), why, ...(by !== undefined && { by }) })
      }
    }
    return listed
  }
}

/** A primary key for people: the value itself, or a JSON list of several; bytes in hexadecimal. */
function renderPk(pk: Row): string {
  const texts = pk.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)))
  return texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts)
}
