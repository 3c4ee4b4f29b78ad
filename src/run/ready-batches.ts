import { rmSync } from 'node:fs'
import type { Position } from '../core/position.ts'
import { releaseMemory } from '../core/release-memory.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { BatchOutline } from '../extract/cut-batches.ts'
import { type Batch, type BatchItem, fewerRecords, readBatches } from '../extract/read-batches.ts'
import type { LinkBatch, PackedBatch } from '../transform/packed-batch.ts'
import type { AnswerQuestion, Workers } from '../workers/open-workers.ts'
import type { SlicesToPack } from '../workers/pack-batch.ts'
import { ITEMS_AT_ONCE } from '../workers/read-slice.ts'

/** A batch to be written: read here, or made ahead by a worker. */
export interface ReadyBatch {
  /** What the size of batches counts: its items, or the records whose elements they are. */
  readonly size: number
  /** The step has no further ones. */
  readonly last: boolean
  /** Where the wait for it began, in ms since 1970. */
  readonly startedAt: number
  /** Its rows, where a worker has made them; their items are counted from `firstOrdinal`. */
  readonly packed?: PackedBatch | LinkBatch
  readonly firstOrdinal: number
  /** Its items, counted from the ordinal that the step is at. */
  read(ordinal: number): Promise<Batch>
  /** The position after it, where the step is at an ordinal then. */
  after(ordinal: number): Position
  /** Told once it is written. */
  discard(): void
}

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

/** How large batches are that are packed while they are read. */
interface Bounds {
  rows(): number
  readonly bytes: number
}

/** Batches packed in this thread while they are read, each after the one before is written. */
export async function* packHere(
  bounds: Bounds,
  tools: OutlinedPlace & {
    readonly file: string
    readonly signal: AbortSignal
    pack(batch: SlicesToPack): Promise<PackedBatch | undefined>
  },
): AsyncGenerator<ReadyBatch> {
  const { from, now, file, pack } = tools
  const coming = openSlices(bounds, tools)
  try {
    let startedAt = now()
    let start = from
    for (let last = await coming.isEmpty(); ; ) {
      const rows = bounds.rows()
      // What fails in its transform fails again where the batch is read the long way, and is told there.
      const packed = last ? undefined : await pack({ slices: coming.nextBatch(), rows, file }).catch(() => undefined)
      const { items, end } = await coming.skipBatch()
      last = await coming.isEmpty()
      yield {
        size: items,
        last,
        startedAt,
        firstOrdinal: start.ordinal,
        ...(packed === undefined ? {} : { packed }),
        read: () => readAgain(tools, { start, items, end }),
        after: () => end,
        discard: () => rmSync(file, { force: true }),
      }
      if (last) return
      start = end
      startedAt = now()
    }
  } finally {
    await coming.close()
  }
}

/** A source's items in slices, which end where batches do. What reading throws is thrown by each call after it. */
function openSlices({ rows, bytes }: Bounds, { source, mapping, from, signal }: OutlinedPlace & { readonly signal: AbortSignal }) {
  /** What the batch may still hold. */
  let left = { rows: rows(), bytes }
  let batch = { items: 0, end: from }
  let isFull = false
  const reader = readBatches(source, {
    collection: mapping.from,
    each: mapping.each,
    after: from,
    batchRows: () => Math.min(ITEMS_AT_ONCE, left.rows),
    batchBytes: () => left.bytes,
    signal,
  })
  let coming = reader.next()
  coming.catch(() => undefined)
  /** Undefined at the end of the batch. */
  const take = async (): Promise<readonly BatchItem[] | undefined> => {
    if (isFull) return undefined
    const next = await coming
    if (next.done === true) return undefined
    const { items, position, bytes: taken } = next.value
    batch = { items: batch.items + items.length, end: position }
    left = { rows: left.rows - items.length, bytes: left.bytes - taken }
    isFull = left.rows <= 0 || left.bytes <= 0
    if (isFull) left = { rows: rows(), bytes }
    coming = reader.next()
    // Told where it is awaited.
    coming.catch(() => undefined)
    return items
  }
  return {
    isEmpty: async () => (await coming).done === true,
    async *nextBatch(): AsyncGenerator<readonly BatchItem[]> {
      for (let items = await take(); items !== undefined; items = await take()) yield items
    },
    /** Passes over what nobody read of the batch, and tells what it was. */
    async skipBatch() {
      while ((await take()) !== undefined);
      const ended = batch
      batch = { items: 0, end: ended.end }
      isFull = false
      return ended
    },
    close: () => reader.return(undefined),
  }
}

/** The items of a batch once more. */
async function readAgain(
  { source, mapping }: OutlinedPlace,
  { start, items, end }: { readonly start: Position; readonly items: number; readonly end: Position },
): Promise<Batch> {
  const { from: collection, each } = mapping
  const reading =
    items === 0 ? [] : readBatches(source, { collection, each, after: start, batchRows: items, batchBytes: Number.POSITIVE_INFINITY })
  for await (const { items: found } of reading) if (found.length === items) return { items: found, position: end }
  if (items === 0) return { items: [], position: end }
  throw fewerRecords(collection)
}

/** Outlined batches, packed ahead by workers. */
export async function* packAhead(
  outlines: AsyncIterable<BatchOutline>,
  tools: OutlinedPlace & {
    readonly workers: Workers
    readonly answer: AnswerQuestion
    /** Ordinals of items that the step passes over. */
    readonly passOver: (batch: BatchOutline) => Promise<readonly number[]>
  },
): AsyncGenerator<ReadyBatch> {
  const { workers, now } = tools
  const coming = withLast(outlines)
  const ordered: { readonly id: number | undefined; readonly outline: BatchOutline; readonly last: boolean }[] = []
  const orderNext = async (): Promise<boolean> => {
    const next = await coming.next()
    if (next.done === true) return false
    const { value, last } = next.value
    const id = value === undefined ? undefined : workers.order(value, await tools.passOver(value))
    ordered.push({ id, outline: value ?? { start: tools.from, rows: 0, end: tools.from }, last })
    return true
  }
  try {
    let startedAt = now()
    for (let more = true; more && ordered.length < workers.ahead.batch; ) more = await orderNext()
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
          if (packed !== undefined && 'rows' in packed && packed.rows.bytes !== undefined) releaseMemory(packed.rows.bytes)
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
