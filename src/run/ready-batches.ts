import { rmSync } from 'node:fs'
import type { Position } from '../core/position.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { BatchOutline } from '../extract/cut-batches.ts'
import { type Batch, readBatches } from '../extract/read-batches.ts'
import type { PackedBatch } from '../transform/packed-batch.ts'
import type { BatchOrder } from '../workers/messages.ts'
import type { AnswerQuestion, Workers } from '../workers/open-workers.ts'

/** A batch to be written: read here, or made ahead by a worker. */
export interface ReadyBatch {
  /** What the size of batches counts: its items, or the records whose elements they are. */
  readonly size: number
  /** The step has no further ones. */
  readonly last: boolean
  /** Where the wait for it began, in ms since 1970. */
  readonly startedAt: number
  /** Its rows, where a worker has made them; their items are counted from `firstOrdinal`. */
  readonly packed?: PackedBatch
  readonly firstOrdinal: number
  /** Its items, counted from the ordinal that the step is at. */
  read(ordinal: number): Promise<Batch>
  /** The position after it, where the step is at an ordinal then. */
  after(ordinal: number): Position
  /** Told once it is written. */
  discard(): void
}

/** Orders a worker has waiting, so that it never stands still while its last batch is written. */
const ORDERS_AHEAD = 2

/** Batches read in this thread, each after the one before is written. A step without items gives one empty batch, so that its end is committed too. */
export async function* readHere(batches: AsyncIterable<Batch>, from: Position, now: () => number): AsyncGenerator<ReadyBatch> {
  let startedAt = now()
  for await (const { value = { items: [], position: from }, last } of withLast(batches)) {
    const { items, position } = value
    const firstOrdinal = items[0]?.ordinal ?? position.ordinal
    yield { size: items.length, last, startedAt, firstOrdinal, read: async () => value, after: () => position, discard: () => {} }
    startedAt = now()
  }
}

/** Where outlined batches are read. */
interface OutlinedPlace {
  readonly source: SourceAdapter
  readonly mapping: ResolvedMapping
  readonly from: Position
  readonly now: () => number
}

/** Outlined batches, packed in this thread, each after the one before is written. */
export async function* packHere(
  outlines: AsyncIterable<BatchOutline>,
  tools: OutlinedPlace & { readonly file: string; pack(order: BatchOrder): Promise<PackedBatch | undefined> },
): AsyncGenerator<ReadyBatch> {
  let startedAt = tools.now()
  let id = 0
  for await (const { value: outline = { start: tools.from, rows: 0, end: tools.from }, last } of withLast(outlines)) {
    id += 1
    const { start, rows } = outline
    // What fails here fails again where the batch is read the long way, and is told there.
    const packed = rows === 0 ? undefined : await tools.pack({ id, start, rows, file: tools.file }).catch(() => undefined)
    yield {
      ...describe(outline, tools),
      last,
      startedAt,
      ...(packed === undefined ? {} : { packed }),
      discard: () => rmSync(tools.file, { force: true }),
    }
    startedAt = tools.now()
  }
}

/** The same, made ahead by workers. */
export async function* packAhead(
  outlines: AsyncIterable<BatchOutline>,
  tools: OutlinedPlace & { readonly workers: Workers; readonly answer: AnswerQuestion },
): AsyncGenerator<ReadyBatch> {
  const { workers, now } = tools
  const coming = withLast(outlines)
  const ordered: { readonly id: number | undefined; readonly outline: BatchOutline; readonly last: boolean }[] = []
  const orderNext = async (): Promise<boolean> => {
    const next = await coming.next()
    if (next.done === true) return false
    const { value, last } = next.value
    const id = value === undefined ? undefined : workers.order(value)
    ordered.push({ id, outline: value ?? { start: tools.from, rows: 0, end: tools.from }, last })
    return true
  }
  try {
    let startedAt = now()
    for (let more = true; more && ordered.length < ORDERS_AHEAD * workers.count; ) more = await orderNext()
    for (let next = ordered.shift(); next !== undefined; next = ordered.shift()) {
      const { id, outline, last } = next
      await orderNext()
      const packed = id === undefined ? undefined : await workers.take(id, tools.answer)
      yield {
        ...describe(outline, tools),
        last,
        startedAt,
        ...(packed === undefined ? {} : { packed }),
        discard: () => {
          if (id !== undefined) workers.discard(id)
        },
      }
      startedAt = now()
    }
  } finally {
    await coming.return(undefined)
  }
}

/** What an outline says of its batch. Its records are counted; of elements of lists only the records before them are. */
function describe(outline: BatchOutline, tools: OutlinedPlace): Pick<ReadyBatch, 'size' | 'firstOrdinal' | 'read' | 'after'> {
  const { start, rows, end } = outline
  return {
    size: rows,
    firstOrdinal: start.ordinal,
    read: (ordinal) => readOutlined(outline, tools, ordinal),
    after: (ordinal) => ({ ...end, ordinal }),
  }
}

/** The items of an outline's records as a batch. */
async function readOutlined({ start, rows, end }: BatchOutline, { source, mapping }: OutlinedPlace, ordinal: number): Promise<Batch> {
  const { from: collection, each } = mapping
  const bounds = { batchRows: Number.POSITIVE_INFINITY, batchBytes: Number.POSITIVE_INFINITY, records: rows }
  const reading = rows === 0 ? [] : readBatches(source, { collection, each, after: { ...start, ordinal }, ...bounds })
  for await (const { items } of reading) return { items, position: { ...end, ordinal: ordinal + items.length } }
  return { items: [], position: { ...end, ordinal } }
}

/** Marks the last value; of none, one undefined. */
async function* withLast<T>(values: AsyncIterable<T>): AsyncGenerator<{ value: T | undefined; last: boolean }> {
  let held: { readonly value: T } | undefined
  for await (const value of values) {
    if (held !== undefined) yield { value: held.value, last: false }
    held = { value }
  }
  yield { value: held?.value, last: true }
}
