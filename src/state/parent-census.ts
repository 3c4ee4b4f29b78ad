import type { SharedKeys } from '../core/key-set.ts'
import { NumberSet } from '../core/number-set.ts'
import type { Key } from '../core/record.ts'
import { type Row, type SqlValue, ValueProblem } from '../core/row.ts'
import { TextSet } from '../core/text-set.ts'
import type { Codec, Session } from '../target/target.ts'

/** Keys asked before the parents are counted: below, asking the table is cheaper than reading it. */
const ASKED_FIRST = 10_000
/** A table of more rows than this is asked, not read: the census would take more than 64 MB. */
const MOST_PARENTS = 4_000_000
/** Reading a row of the census costs about a quarter of asking for one. */
const ROWS_PER_ASKED = 4
const PAGE_ROWS = 10_000

export interface CensusedTable {
  readonly table: string
  /** The only primary key column. */
  readonly column: string
  readonly codec: Codec
  /** A mapping's key as that column. */
  readonly compute: (key: Key) => Row | ValueProblem
}

/** The primary key of the parent of a key, where it is known to be in the table. */
export type KnownParent = (key: Key) => SqlValue | undefined

/**
 * The primary keys of a parent's table in memory, read once when a step has asked often enough: 12 to 23 bytes each. Rows that come later are not in it,
 * so what it does not know is asked of the table; rows that somebody deletes since are told by the foreign key.
 */
export class ParentCensus {
  readonly #session: Session
  readonly #place: CensusedTable
  #asked = 0
  /** Keys asked before the parents are counted, or counted again. */
  #countFrom = ASKED_FIRST
  #closed = false
  #known: KnownParent | undefined
  #keys: ParentKeys | undefined
  /** Several pieces of a batch ask at once; one of them reads for all. */
  #counting: Promise<void> | undefined

  constructor(session: Session, place: CensusedTable) {
    this.#session = session
    this.#place = place
  }

  /** `count` keys are about to be asked. undefined while there is no census. */
  async open(count: number): Promise<KnownParent | undefined> {
    this.#asked += count
    if (this.#known !== undefined || this.#closed || this.#asked < this.#countFrom) return this.#known
    this.#counting ??= this.#readIfSmall().finally(() => {
      this.#counting = undefined
    })
    await this.#counting
    return this.#known
  }

  async #readIfSmall(): Promise<void> {
    const { quote } = this.#session.dialect
    const bound = Math.min(MOST_PARENTS, this.#asked * ROWS_PER_ASKED)
    const [counted] = await this.#session.rows(
      `SELECT count(*) FROM (SELECT 1 FROM ${quote(this.#place.table)} LIMIT ${bound + 1}) AS ferry_few`,
    )
    const rows = Number(counted?.[0] ?? 0)
    this.#closed = rows > MOST_PARENTS
    this.#countFrom = 2 * this.#asked
    if (rows > bound) return
    this.#keys = await this.#read()
    this.#known = knowParents(this.#place, this.#keys)
  }

  /** Primary keys are kept as hashes. */
  get isByHash(): boolean {
    return this.#keys instanceof TextSet
  }

  /** The census for other threads, when `count` keys are about to be asked in all of them; undefined where the table is asked instead. */
  async share(count: number): Promise<SharedParents | undefined> {
    await this.open(count)
    const keys = this.#keys
    return keys === undefined ? undefined : { form: keys instanceof NumberSet ? 'numbers' : 'texts', slots: keys.share() }
  }

  /** Whole numbers are kept as they are, anything else as the hash of its canonical text. */
  async #read(): Promise<ParentKeys> {
    const numbers = new NumberSet()
    let odd = false
    for await (const page of this.#readPages()) {
      odd = !page.every((value) => addWhole(numbers, value))
      if (odd) break
    }
    if (!odd) return numbers
    const { codec } = this.#place
    const texts = new TextSet()
    for await (const page of this.#readPages()) for (const value of page) texts.add(codec.canonical(value))
    return texts
  }

  async *#readPages(): AsyncGenerator<readonly Exclude<SqlValue, null>[]> {
    const { table, column, codec } = this.#place
    const { quote } = this.#session.dialect
    let after: SqlValue | undefined
    for (;;) {
      const beyond = after === undefined ? '' : ` WHERE ${quote(column)} > ?`
      const sql = `SELECT ${codec.select}, ${quote(column)} FROM ${quote(table)}${beyond} ORDER BY ${quote(column)} LIMIT ${PAGE_ROWS}`
      const page = await this.#session.rows(sql, after === undefined ? [] : [after])
      yield page.flatMap(([value]) => value ?? [])
      after = page.at(-1)?.[1]
      if (page.length < PAGE_ROWS || after === undefined) return
    }
  }
}

/** Primary keys of a table in memory. */
type ParentKeys = NumberSet | TextSet

/** The same for other threads; or, from a journal, the hashes of whole primary keys; or, before a load, the keys of records that would land. */
export type SharedParents =
  | { readonly form: 'numbers' | 'texts' | 'hashes'; readonly slots: SharedArrayBuffer }
  | { readonly form: 'keys'; readonly keys: SharedKeys }

/** Finds parents by their primary keys. */
export function knowParents({ compute, codec }: Pick<CensusedTable, 'compute' | 'codec'>, keys: ParentKeys): KnownParent {
  const isKnown =
    keys instanceof TextSet
      ? (value: Exclude<SqlValue, null>) => keys.has(codec.canonical(value))
      : (value: Exclude<SqlValue, null>) => {
          const number = toWhole(value)
          return number !== undefined && keys.has(number)
        }
  return (key) => {
    const pk = compute(key)
    if (pk instanceof ValueProblem) return undefined
    const value = pk[0]
    return value === undefined || value === null || !isKnown(value) ? undefined : value
  }
}

/** False, and nothing added, for anything but a whole number that is exact. */
function addWhole(numbers: NumberSet, value: Exclude<SqlValue, null>): boolean {
  const number = toWhole(value)
  if (number === undefined) return false
  numbers.add(number)
  return true
}

/** A whole number that is exact; undefined for any other value. */
function toWhole(value: Exclude<SqlValue, null>): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'bigint') return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}
