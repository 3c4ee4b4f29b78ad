import { renderKey } from '../core/canonical-value.ts'
import { HashTable } from '../core/hash-table.ts'
import { KeySet } from '../core/key-set.ts'
import type { Key } from '../core/record.ts'
import { type Row, type SqlValue, ValueProblem } from '../core/row.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { Resolution, Resolver } from '../transform/pipeline.ts'
import { RowStore } from './row-store.ts'

/** What a mapping's key gives its primary key, where nothing else is needed. */
export type PkFromKey = (key: Key) => Row | ValueProblem

export interface CensusMapping {
  /** What an answer tells of a row: its primary key, then other columns that references take. */
  readonly columns: readonly string[]
  /** Where the columns are the primary key alone and the key gives it. */
  readonly fromKey: PkFromKey | undefined
  /** The table holds rows already: a key may be found there though its item is rejected. */
  readonly occupied: boolean
}

/** What is known of one mapping: hashes of keys, never the keys. */
interface Known extends CensusMapping {
  readonly landed: HashTable
  /** In place of `landed` where the key gives the row's columns: the keys. */
  readonly keys: KeySet
  /** Where the columns are neither computed from the key nor one safe integer: their place in `rows`. */
  readonly stored: HashTable
  readonly rows: RowStore
  readonly rejected: HashTable
  /** Integer pks come out in the type they came in. */
  wide: boolean
  /** Answers given lately, by key text: children of one parent often stand together. What landed once stays landed. */
  readonly lately: Map<string, Resolution>
}

const MOST_REMEMBERED = 20_000

/**
 * Answers references as the run will: from what the forecast of earlier steps found would land or be rejected, else from the target as it is.
 * Keys are known by a 64-bit hash, about 24 bytes a key; a collision is not looked for (one in 10^7 runs of a million keys).
 */
export class CensusResolver implements Resolver {
  readonly #known: ReadonlyMap<string, Known>
  readonly #hashKey: (text: string) => bigint
  readonly #base: Resolver

  /** `mappings`: those that something refers to; `base`: answers from the target (lookups, rows of other runs), reading only. */
  constructor(options: {
    mappings: ReadonlyMap<string, CensusMapping>
    hashKey: (text: string) => bigint
    base: Resolver
  }) {
    this.#known = new Map(
      [...options.mappings].map(([name, mapping]) => [
        name,
        {
          ...mapping,
          landed: new HashTable({ values: true }),
          keys: new KeySet(),
          stored: new HashTable({ values: true }),
          rows: new RowStore(),
          rejected: new HashTable(),
          wide: false,
          lately: new Map(),
        },
      ]),
    )
    this.#hashKey = options.hashKey
    this.#base = options.base
  }

  /** Remembers that an item would be a row; `row`: the values of the mapping's columns (`columnsOf`). */
  land(mapping: string, key: Key, row: Row): void {
    const known = this.#known.get(mapping)
    if (known === undefined) return
    if (known.fromKey !== undefined) {
      known.keys.add(key)
      return
    }
    const hash = this.#hashKey(renderKey(key))
    const [only] = row
    if (row.length === 1 && isSafeInteger(only)) {
      if (known.landed.add(hash, Number(only))) known.wide = typeof only === 'bigint'
    } else if (!known.stored.has(hash)) known.stored.add(hash, known.rows.add(row))
  }

  /** The columns that `land` wants of a mapping; empty for one that nothing refers to. */
  columnsOf(mapping: string): readonly string[] {
    return this.#known.get(mapping)?.columns ?? []
  }

  /** Remembers that an item would be rejected. */
  turnAway(mapping: string, key: Key): void {
    this.#known.get(mapping)?.rejected.add(this.#hashKey(renderKey(key)))
  }

  async references(mapping: string, keys: readonly Key[], options: { readonly orTarget: boolean }): Promise<readonly Resolution[]> {
    const known = this.#known.get(mapping)
    const answers = keys.map((key) => (known === undefined ? undefined : this.#answer(known, key)))
    const asksTarget = known === undefined || known.occupied || options.orTarget
    const open = asksTarget ? keys.filter((_key, at) => answers[at] === undefined || answers[at] === 'rejected') : []
    const fromTarget = open.length === 0 ? [] : await this.#base.references(mapping, open, options)
    let next = 0
    return answers.map((found) => {
      if (found !== undefined && found !== 'rejected') return found
      const told = asksTarget ? (fromTarget[next] ?? 'missing') : 'missing'
      next += 1
      return typeof told === 'string' ? (found ?? told) : told
    })
  }

  /** Keys that landed, for other threads, where the key gives the row's columns; nothing more can land then. */
  shareParents(mapping: string): SharedParents | undefined {
    const known = this.#known.get(mapping)
    return known?.fromKey === undefined ? undefined : { form: 'keys', keys: known.keys.share() }
  }

  /** For keys that give the column themselves; what did not land is left to `references`. */
  async quickParents(mapping: string, column: string): Promise<((key: Key) => SqlValue | undefined) | undefined> {
    const known = this.#known.get(mapping)
    const place = known?.columns.indexOf(column) ?? -1
    if (known?.fromKey === undefined || place < 0) return undefined
    return (key) => computedRow(known, key)?.[place] ?? undefined
  }

  #answer(known: Known, key: Key): Resolution | undefined {
    const text = renderKey(key)
    const before = known.lately.get(text)
    if (before !== undefined) return before
    const found = answer(known, key, this.#hashKey(text))
    if (typeof found !== 'object') return found
    if (known.lately.size >= MOST_REMEMBERED) known.lately.clear()
    known.lately.set(text, found)
    return found
  }

  lookups(
    table: string,
    match: readonly string[],
    column: string,
    values: readonly (readonly SqlValue[])[],
  ): Promise<readonly (SqlValue | undefined)[]> {
    return this.#base.lookups(table, match, column, values)
  }
}

function isSafeInteger(value: SqlValue | undefined): value is number | bigint {
  return Number.isSafeInteger(value) || (typeof value === 'bigint' && Number.isSafeInteger(Number(value)))
}

function answer(known: Known, key: Key, hash: bigint): Resolution | undefined {
  const row = known.fromKey === undefined ? storedRow(known, hash) : computedRow(known, key)
  if (row !== undefined) return { found: Object.fromEntries(known.columns.map((column, at) => [column, row[at] ?? null])) }
  return known.rejected.has(hash) ? 'rejected' : undefined
}

function computedRow({ fromKey, keys }: Known, key: Key): Row | undefined {
  const pk = keys.has(key) ? fromKey?.(key) : undefined
  return pk instanceof ValueProblem ? undefined : pk
}

function storedRow(known: Known, hash: bigint): Row | undefined {
  const integer = known.landed.get(hash)
  if (integer !== undefined) return [known.wide ? BigInt(integer) : integer]
  const place = known.stored.get(hash)
  return place === undefined ? undefined : known.rows.get(place)
}
