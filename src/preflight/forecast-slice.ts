import { HashTable } from '../core/hash-table.ts'
import type { Position } from '../core/position.ts'
import type { Key } from '../core/record.ts'
import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import type { Codec, Dialect } from '../target/target.ts'
import type { CompiledStep } from '../transform/compile-steps.ts'
import type { TransformedBatch } from '../transform/pipeline.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import type { CheckQuestions } from './check-expressions.ts'
import { ColumnCounter, type ColumnTotals } from './column-census.ts'
import type { StepContext } from './forecast-context.ts'
import { findMustHave } from './must-have.ts'
import { hashOf, type UniqueRule, uniqueRules } from './unique-census.ts'

/** What some records of a load step would be, all of whose rows the table takes unless it holds one of their unique values already. */
export interface ForecastSlice {
  readonly read: number
  readonly rows: number
  readonly filtered: number
  /** Values that were set to NULL. */
  readonly nulled: number
  readonly rejects: readonly Reject[]
  /** Of the rows' unique values, by rule; where one of them is NULL there is none. */
  readonly hashes: readonly BigUint64Array[]
  readonly columns: readonly ColumnTotals[]
  /** Of rows that something may refer to. */
  readonly landed: readonly { readonly key: Key; readonly identity: Row }[]
}

/** Threads that make slices of a step ahead of the forecast. */
export interface ForecastThreads {
  /** undefined: the step is small, or its rows cannot be made apart from one another. */
  begin(context: StepContext, needs: { readonly checks: boolean }): Promise<AheadForecast | undefined>
}

export interface AheadForecast {
  /** The step's records after a position, in the source's order. */
  from(after: Position): AsyncIterable<AheadSlice>
}

export interface AheadSlice {
  /** undefined: a record is out of the ordinary, or a thread could not go on. */
  readonly found: ForecastSlice | undefined
  /** What its items are counted from in `found`. */
  readonly firstOrdinal: number
  /** The items themselves, counted from the ordinal that the step is at. */
  read(ordinal: number): AsyncIterable<readonly BatchItem[]>
}

export interface SliceOptions {
  readonly compiled: CompiledStep
  readonly dialect: Dialect
  readonly hasherFor: (codecs: readonly Codec[]) => RowHasher
  /** Places of the columns that references to the mapping take; empty where nothing refers to it. */
  readonly identityPlaces: readonly number[]
  /** undefined: the table has none. */
  readonly checks: CheckQuestions | undefined
}

/** Opens slice after slice of one step. */
export function openSlicer(options: SliceOptions): () => SliceForecast {
  const { compiled, dialect, hasherFor } = options
  const { step, table, pipeline } = compiled
  const rules = uniqueRules({ dialect, table, columns: step.columns, codecs: pipeline.codecs, hasherFor, shared: new Map() })
  const mustHave = findMustHave(step.columns, table).map(({ place }) => place)
  return () => new SliceForecast(options, rules, mustHave)
}

/** A slice while it is read. */
export class SliceForecast {
  readonly #options: SliceOptions
  readonly #rules: readonly UniqueRule[]
  readonly #mustHave: readonly number[]
  readonly #seen: readonly HashTable[]
  readonly #hashes: readonly bigint[][]
  readonly #counter: ColumnCounter
  readonly #rejects: Reject[] = []
  readonly #landed: ForecastSlice['landed'][number][] = []
  readonly #counts = { read: 0, rows: 0, filtered: 0, nulled: 0 }

  constructor(options: SliceOptions, rules: readonly UniqueRule[], mustHave: readonly number[]) {
    this.#options = options
    this.#rules = rules
    this.#mustHave = mustHave
    this.#seen = rules.map(() => new HashTable())
    this.#hashes = rules.map(() => [])
    this.#counter = new ColumnCounter(options.compiled.step, options.compiled.table)
  }

  /** False where the table would refuse a row for what stands in the slice itself: only the whole judgement says under which rule. */
  async add(batch: TransformedBatch): Promise<boolean> {
    const bare = batch.rows.map(({ row }) => row)
    if ((await this.#options.checks?.failing(bare))?.size) return false
    for (const row of bare) if (!this.#takes(row)) return false
    const { identityPlaces } = this.#options
    if (identityPlaces.length > 0)
      for (const { key, row } of batch.rows) this.#landed.push({ key, identity: identityPlaces.map((place) => row[place] ?? null) })
    for (const reject of batch.rejects) this.#rejects.push(reject)
    const counts = this.#counts
    counts.rows += batch.rows.length
    counts.filtered += batch.filtered
    counts.read += batch.rows.length + batch.rejects.length + batch.filtered
    for (const count of Object.values(batch.nulled)) counts.nulled += count
    return true
  }

  #takes(row: Row): boolean {
    for (const place of this.#mustHave) if (row[place] === null || row[place] === undefined) return false
    for (const [at, rule] of this.#rules.entries()) {
      const hash = hashOf(rule, row)
      if (hash === undefined) continue
      if (this.#seen[at]?.add(hash) !== true) return false
      this.#hashes[at]?.push(hash)
    }
    this.#counter.count(row)
    return true
  }

  result(): ForecastSlice {
    return {
      ...this.#counts,
      rejects: this.#rejects,
      hashes: this.#hashes.map((hashes) => BigUint64Array.from(hashes)),
      columns: this.#counter.totals(),
      landed: this.#landed,
    }
  }
}
