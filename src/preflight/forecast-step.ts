import { HashTable } from '../core/hash-table.ts'
import { addCounts, NO_COUNTS, START, type StepCounts } from '../core/position.ts'
import { countedFrom, type Reject } from '../core/reject.ts'
import type { Row, SqlValue } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { type Batch, type BatchItem, readBatches } from '../extract/read-batches.ts'
import type { TransformedBatch, TransformedRow } from '../transform/pipeline.ts'
import { type ColumnCensus, ColumnCounter } from './column-census.ts'
import type { StepContext } from './forecast-context.ts'
import type { AheadSlice, ForecastSlice, ForecastThreads } from './forecast-slice.ts'
import { openRowJudge, type RowJudge } from './judge-rows.ts'
import type { StepForecast } from './preflight.ts'
import type { ProblemGroups } from './problem-groups.ts'
import { uniqueName } from './unique-census.ts'

/** A forecast and what else was learned on the way. */
export interface StepFindings {
  readonly forecast: StepForecast
  readonly census: readonly ColumnCensus[]
  /** Bytes of the rows of the sample, indexes and journal included, over their count. */
  readonly bytesPerRow: number
  /** Rules of the table that could not be asked. */
  readonly unasked: readonly string[]
  /** The first batch came out differently when it was transformed again. */
  readonly impure: boolean
}

export interface ForecastOptions {
  readonly source: SourceAdapter
  readonly problems: ProblemGroups
  /** Without them, everything is done in this thread. */
  readonly threads?: ForecastThreads
  readonly signal?: AbortSignal
}

/** Few enough that most of what a batch leaves behind is young when it is thrown away, and many enough to ask a server about. */
const ROWS_AT_ONCE = 1000

/** Rows whose size is measured, which this thread looks at itself. */
const SAMPLE_ROWS = 1000

/** Reads and transforms one step wholly and says what the run will make of it. Writes nothing. */
export async function forecastStep(context: StepContext, options: ForecastOptions): Promise<StepFindings> {
  const { step } = context
  const { threads, signal } = options
  const judge = step.kind === 'load' ? await openRowJudge(context) : undefined
  const found = new Findings(context, options.problems)
  const takeHere = openTaking(context, judge, found)
  const ahead = judge?.takesHashes === true ? await threads?.begin(context, { checks: judge.hasChecks }) : undefined
  let rest: AsyncIterable<AheadSlice> | undefined
  let ordinal = START.ordinal
  for await (const batch of readStep(context, options)) {
    await takeHere(batch.items)
    ordinal = batch.position.ordinal
    if (ahead === undefined || !found.isSampled) continue
    rest = ahead.from(batch.position)
    break
  }
  for await (const slice of rest ?? []) {
    signal?.throwIfAborted()
    if (slice.found !== undefined && judge?.takeHashes(slice.found.hashes) === true) {
      found.addSlice({ ...slice.found, rejects: countedFrom(ordinal - slice.firstOrdinal, slice.found.rejects) })
      ordinal += slice.found.read
      continue
    }
    for await (const items of slice.read(ordinal)) {
      await takeHere(items)
      ordinal += items.length
    }
  }
  return found.result(judge?.unasked ?? [])
}

/** Transforms and judges items in this thread. */
function openTaking(context: StepContext, judge: RowJudge | undefined, found: Findings): (items: readonly BatchItem[]) => Promise<void> {
  const { pipeline, resolver } = context
  const take = judge === undefined ? openLinkJudge(context) : async (rows: readonly TransformedRow[]) => countLoad(await judge.judge(rows))
  return async (items) => {
    const transformed = await pipeline.transform(items, resolver)
    if (found.impure === undefined) found.impure = isDifferent(context, transformed, await pipeline.transform(items, resolver))
    found.add(items, transformed, await take(transformed.rows))
  }
}

/** What a step has come to so far. */
class Findings {
  readonly #context: StepContext
  readonly #problems: ProblemGroups
  readonly #counter: ColumnCounter
  readonly #size = { rows: 0, bytes: 0 }
  readonly #samples: StepForecast['samples'][number][] = []
  #counts: StepCounts = NO_COUNTS
  /** undefined before the first batch. */
  impure: boolean | undefined

  constructor(context: StepContext, problems: ProblemGroups) {
    this.#context = context
    this.#problems = problems
    this.#counter = new ColumnCounter(context.step, context.pipeline.table)
  }

  /** No further row need be looked at for what it holds. */
  get isSampled(): boolean {
    return this.#size.rows >= SAMPLE_ROWS
  }

  add(items: readonly BatchItem[], transformed: TransformedBatch, outcome: Outcome): void {
    const context = this.#context
    if (context.step.kind === 'load') refuse(context, transformed.rejects, outcome.rejects)
    this.#counts = addCounts(this.#counts, totalOf(context, { items, transformed, outcome }))
    this.#tell(transformed.rejects)
    this.#tell(outcome.rejects)
    for (const { row } of outcome.landed) {
      this.#counter.count(row)
      if (this.#samples.length < 3) this.#samples.push(renderSample(context, row))
      if (!this.isSampled) measure(this.#size, context, row)
    }
  }

  addSlice({ read, rows, filtered, nulled, rejects, columns, landed }: ForecastSlice): void {
    const { resolver, mapping } = this.#context
    refuse(this.#context, rejects, [])
    for (const { key, identity } of landed) resolver.land(mapping.name, key, identity)
    const budgeted = rejects.filter((reject) => reject.budgeted).length
    this.#counts = addCounts(this.#counts, { ...NO_COUNTS, read, inserted: rows, filtered, nulled, rejected: rejects.length, budgeted })
    this.#tell(rejects)
    this.#counter.merge(columns)
  }

  #tell(rejects: readonly Reject[]): void {
    for (const reject of rejects) this.#problems.add(reject)
  }

  result(unasked: readonly string[]): StepFindings {
    const { rows, bytes } = this.#size
    return {
      forecast: { step: this.#context.step, counts: this.#counts, samples: this.#samples },
      census: this.#counter.result(),
      bytesPerRow: rows === 0 ? 0 : bytes / rows,
      unasked,
      impure: this.impure ?? false,
    }
  }
}

/** What has no row: nothing can refer to it, and it has no links. */
function refuse({ step, resolver, refused }: StepContext, unread: readonly Reject[], turnedAway: readonly Reject[]): void {
  for (const { key } of unread) if (key !== undefined) resolver.turnAway(step.mapping, key)
  const ordinals = refused.get(step.mapping)
  if (ordinals === undefined) return
  for (const { ordinal } of [...unread, ...turnedAway]) ordinals.add(ordinal)
}

function readStep({ mapping, transfer }: StepContext, { source, signal }: ForecastOptions): AsyncGenerator<Batch> {
  return readBatches(source, {
    collection: mapping.from,
    each: mapping.each,
    after: START,
    batchRows: Math.min(ROWS_AT_ONCE, transfer.batchRows),
    batchBytes: transfer.batchBytes,
    ...(signal === undefined ? {} : { signal }),
  })
}

interface Outcome {
  readonly landed: readonly TransformedRow[]
  readonly rejects: readonly Reject[]
  readonly counts: Partial<StepCounts>
}

function countLoad(judged: { inserted: readonly TransformedRow[]; updated: number; skipped: number; rejects: readonly Reject[] }): Outcome {
  const { inserted, updated, skipped, rejects } = judged
  return { landed: inserted, rejects, counts: { inserted: inserted.length, updated, skipped } }
}

/** A link is written once, and only to a row that is in the table. */
function openLinkJudge(context: StepContext): (rows: readonly TransformedRow[]) => Promise<Outcome> {
  const { pkPlaces, pipeline } = context
  const hash = context.hasherFor(pkPlaces.flatMap((place) => pipeline.codecs[place] ?? []))
  const there = context.uniqueSets.get(uniqueName(pipeline.table.name, pipeline.table.primaryKey)) ?? new HashTable()
  const linked = new HashTable()
  const refused = context.refused.get(context.step.mapping)
  return async (rows) => {
    const landed = rows.filter(({ row, item }) => {
      if (refused?.has(item.ordinal)) return false
      const pk = hash(pkPlaces.map((place) => row[place] ?? null))
      return there.has(pk) && linked.add(pk)
    })
    return { landed, rejects: [], counts: { linked: landed.length } }
  }
}

function totalOf(
  context: StepContext,
  found: { readonly items: readonly BatchItem[]; readonly transformed: TransformedBatch; readonly outcome: Outcome },
): StepCounts {
  const { items, transformed, outcome } = found
  const rejects = [...transformed.rejects, ...outcome.rejects]
  const nulled = Object.values(transformed.nulled).reduce((sum, count) => sum + count, 0)
  const budgeted = rejects.filter((reject) => reject.budgeted).length
  const load = { rejected: rejects.length, filtered: transformed.filtered }
  return { ...NO_COUNTS, read: items.length, budgeted, nulled, ...(context.step.kind === 'load' ? load : {}), ...outcome.counts }
}

/** Whether the same items gave other rows or rejects: a function of the definition reads the clock, chance or its own memory. */
function isDifferent(context: StepContext, one: TransformedBatch, two: TransformedBatch): boolean {
  const hash = context.hasherFor(context.pipeline.codecs)
  const text = (batch: TransformedBatch) =>
    [
      batch.filtered,
      ...batch.rows.map(({ row }) => hash(row)),
      ...batch.rejects.map(({ ordinal, code, pointer }) => `${ordinal} ${code} ${pointer}`),
    ].join('\n')
  return text(one) !== text(two)
}

const LONGEST_SAMPLE = 200

function renderSample({ step }: StepContext, row: Row): Readonly<Record<string, string | null>> {
  return Object.fromEntries(step.columns.map((column, place) => [column, renderValue(row[place] ?? null)]))
}

function renderValue(value: SqlValue): string | null {
  if (value === null) return null
  const text = value instanceof Uint8Array ? `x'${Buffer.from(value.subarray(0, 64)).toString('hex')}'` : String(value)
  return text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text
}

/** What a row weighs: its cells, once more in each index that holds them, its header, and its 24 bytes of journal. */
function measure(size: { rows: number; bytes: number }, { pipeline, step }: StepContext, row: Row): void {
  const cells = step.columns.map((_column, place) => bytesOf(row[place] ?? null))
  const indexed = [pipeline.table.primaryKey, ...pipeline.table.indexes.map(({ columns }) => columns)].flat()
  const again = indexed.reduce((sum, column) => sum + (cells[step.columns.indexOf(column)] ?? 0) + 8, 0)
  size.rows += 1
  size.bytes += cells.reduce((sum, bytes) => sum + bytes, 0) + again + 12 + 24
}

function bytesOf(value: SqlValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2
  if (value instanceof Uint8Array) return value.length + 2
  return value === null || typeof value === 'boolean' ? 1 : 8
}
