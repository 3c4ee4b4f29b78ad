import { FerryError } from '../core/errors.ts'
import type { Position } from '../core/position.ts'
import { type Cursor, type Item, isReadable, type Key, type Page } from '../core/record.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { type EachItem, eachItems } from './each-items.ts'
import { estimateBytes } from './estimate-bytes.ts'

/** One item of a step: a record, or one element of its `each` list. */
export interface BatchItem {
  /** The item's own key: the record's, or `[parent key, Map key | member | index]`. `[]` for an unreadable place without a key. */
  readonly key: Key
  readonly value: unknown
  /** Counted from 0 over everything the step read. */
  readonly ordinal: number
  /** The record the element came from; itself where there is no `each`. */
  readonly record: { readonly key: Key; readonly value: unknown }
  /** Key of the list one level up (equals record.key for one level of `each`). */
  readonly parentKey: Key
  /** Index in the list; 0 where there is no `each`. */
  readonly index: number
  /** Set instead of a value where the source could not be read. */
  readonly unreadable?: { readonly raw: string; readonly reason: string }
}

/** Items of a batch at most: a number, or what tells it while a batch is made, so that the next may have another size than the last. */
export type BatchRows = number | (() => number)

/** A batch as it was read; `bytes`: what it counts for its bound. */
export interface ReadBatch extends Batch {
  readonly bytes: number
}

/** At most `batchRows` items and about `batchBytes`; `position` is after the last of them. */
export interface Batch {
  readonly items: readonly BatchItem[]
  readonly position: Position
}

export interface ReadBatchesOptions {
  readonly collection: string
  /** Path of lists, Maps, Sets or objects below the record: [] none (the record is the item), ['.'] the record itself is the list, ['floors'], ['orders', 'lines']. */
  readonly each: readonly string[]
  readonly after: Position
  readonly batchRows: BatchRows
  /** As `batchRows`. */
  readonly batchBytes: number | (() => number)
  /** Stops after so many records, the one it begins in included, which the source must hold; default: reads to the end. */
  readonly records?: number
  readonly signal?: AbortSignal
}

/**
 * Turns an adapter's pages into batches of items. A record whose `each` list is absent or null has no items;
 * one whose `each` is neither list, Map, Set nor plain object gives one unreadable item.
 * From any position of any batch, or between any two items, the rest follows exactly.
 * Abort rejects with `signal.reason`; what was yielded before stays valid.
 * @throws FERRY_SOURCE_CHANGED where it holds fewer `records`, and what the adapter throws
 */
export async function* readBatches(adapter: SourceAdapter, options: ReadBatchesOptions): AsyncGenerator<ReadBatch> {
  const { after, signal } = options
  const { batchRows, batchBytes } = options
  const batcher: Batcher = {
    options,
    mostRows: typeof batchRows === 'number' ? () => batchRows : batchRows,
    mostBytes: typeof batchBytes === 'number' ? () => batchBytes : batchBytes,
    cursor: after.cursor,
    taken: 0,
    skipRecords: after.taken,
    skipItems: after.item,
    ordinal: after.ordinal,
    items: [],
    bytes: 0,
    itemBytes: 0,
    recordsLeft: options.records ?? Number.POSITIVE_INFINITY,
  }
  const start = after.cursor === null ? {} : { after: after.cursor }
  for await (const page of adapter.read(options.collection, signal === undefined ? start : { ...start, signal })) {
    signal?.throwIfAborted()
    yield* batchesOfPage(batcher, page)
    if (batcher.recordsLeft === 0) break
  }
  if (options.records !== undefined && batcher.recordsLeft > 0) throw fewerRecords(options.collection)
  if (batcher.items.length > 0) yield takeBatch(batcher, { taken: batcher.taken, item: 0 })
}

/** The source is another than a moment ago. */
export function fewerRecords(collection: string): FerryError {
  return new FerryError('FERRY_SOURCE_CHANGED', `${collection} holds fewer records than it did a moment ago`, {
    hint: 'Put the source back as it was, then `ferry resume`; or `ferry rollback` and start again.',
  })
}

interface Batcher {
  readonly options: ReadBatchesOptions
  readonly mostRows: () => number
  readonly mostBytes: () => number
  /** Cursor before the current page, and records of it already behind us. */
  cursor: Cursor
  taken: number
  /** What a resumed step must pass over before its first item. */
  skipRecords: number
  skipItems: number
  ordinal: number
  items: BatchItem[]
  bytes: number
  /** Size of the item measured last. */
  itemBytes: number
  recordsLeft: number
}

/** Items between two measurements of a size, in pages that hold many (their adapter already bounds those to about 1 MiB). */
const MEASURE_EVERY = 16

function* batchesOfPage(batcher: Batcher, page: Page): Generator<ReadBatch> {
  const { each } = batcher.options
  const skipped = Math.min(batcher.skipRecords, page.items.length)
  const base = batcher.taken
  batcher.skipRecords -= skipped
  const end = Math.min(page.items.length, skipped + batcher.recordsLeft)
  batcher.recordsLeft -= end - skipped
  for (let at = skipped; at < end; ) {
    const item = page.items[at]
    if (each.length > 0 && item !== undefined && isReadable(item)) {
      yield* batchesOfRecord(batcher, item, base + at)
      at += 1
      continue
    }
    at = takeItems(batcher, page, at, end)
    if (isFull(batcher)) yield takeBatch(batcher, positionAfter(batcher, { page, records: at, base }))
  }
  // A page without a cursor of its own cannot be a starting point: keep counting from the last that can.
  const canStart = end === page.items.length && page.cursor !== null && page.cursor !== undefined
  batcher.cursor = canStart ? page.cursor : batcher.cursor
  batcher.taken = canStart ? 0 : base + end
}

/** Takes what is an item as it stands, from `at` until the batch is full, or up to a record with lists or `end`; the place after it. */
function takeItems(batcher: Batcher, { items, bytes }: Page, start: number, end: number): number {
  const hasLists = batcher.options.each.length > 0
  const measureEvery = items.length < 2 * MEASURE_EVERY && !hasLists ? 1 : MEASURE_EVERY
  const itemBytes = bytes === undefined || hasLists ? undefined : bytesOfItem(bytes, items.length)
  const mostRows = batcher.mostRows()
  const mostBytes = batcher.mostBytes()
  for (let at = start; at < end; at += 1) {
    const item = items[at]
    if (item === undefined) continue
    if (hasLists && isReadable(item)) return at
    const skip = batcher.skipItems
    batcher.skipItems = 0
    if (skip > 0) continue
    if (itemBytes === undefined) push(batcher, recordItem(item, batcher.ordinal), measureEvery)
    else pushSized(batcher, recordItem(item, batcher.ordinal), itemBytes)
    if (batcher.items.length >= mostRows || batcher.bytes >= mostBytes) return at + 1
  }
  return end
}

function* batchesOfRecord(batcher: Batcher, record: { readonly key: Key; readonly value: unknown }, taken: number): Generator<ReadBatch> {
  let at = 0
  const skip = batcher.skipItems
  batcher.skipItems = 0
  for (const item of eachItems(record, batcher.options.each)) {
    at += 1
    if (at <= skip) continue
    push(batcher, elementItem(item, batcher.ordinal, record), MEASURE_EVERY)
    if (isFull(batcher)) yield takeBatch(batcher, { taken, item: at })
  }
}

function recordItem(item: Item, ordinal: number): BatchItem {
  if (isReadable(item)) return { key: item.key, value: item.value, ordinal, record: item, parentKey: item.key, index: 0 }
  const key = item.key ?? []
  return { key, value: undefined, ordinal, record: { key, value: undefined }, parentKey: key, index: 0, unreadable: item.unreadable }
}

function elementItem(item: EachItem, ordinal: number, record: BatchItem['record']): BatchItem {
  const { key, value, parentKey, index, unreadable } = item
  return unreadable === undefined
    ? { key, value, ordinal, record, parentKey, index }
    : { key, value, ordinal, record, parentKey, index, unreadable }
}

function push(batcher: Batcher, item: BatchItem, measureEvery: number): void {
  if (batcher.items.length % measureEvery === 0) batcher.itemBytes = estimateBytes(item.unreadable?.raw ?? item.value)
  batcher.bytes += batcher.itemBytes
  batcher.ordinal += 1
  batcher.items.push(item)
}

/** What an item of a page counts: a whole number, so that sums are exact however they are made. */
export function bytesOfItem(pageBytes: number, items: number): number {
  return Math.ceil(pageBytes / items)
}

/** Of a page whose size is known each item counts the same, so that an outline of the page is cut at the same places. */
function pushSized(batcher: Batcher, item: BatchItem, bytes: number): void {
  batcher.bytes += bytes
  batcher.ordinal += 1
  batcher.items.push(item)
}

function isFull(batcher: Batcher): boolean {
  return batcher.items.length >= batcher.mostRows() || batcher.bytes >= batcher.mostBytes()
}

/** After a page's last record the next page is the shorter way to say the same place. */
function positionAfter(
  batcher: Batcher,
  place: { page: Page; records: number; base: number },
): { cursor: Cursor; taken: number; item: number } {
  const atEnd = place.records === place.page.items.length && place.page.cursor !== null && place.page.cursor !== undefined
  return atEnd ? { cursor: place.page.cursor, taken: 0, item: 0 } : { cursor: batcher.cursor, taken: place.base + place.records, item: 0 }
}

function takeBatch(batcher: Batcher, place: { cursor?: Cursor; taken: number; item: number }): ReadBatch {
  const cursor = place.cursor === undefined ? batcher.cursor : place.cursor
  const position = { cursor, taken: place.taken, item: place.item, ordinal: batcher.ordinal }
  const batch = { items: batcher.items, position, bytes: batcher.bytes }
  batcher.items = []
  batcher.bytes = 0
  return batch
}
