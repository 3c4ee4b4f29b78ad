import type { Position } from '../core/position.ts'
import type { PageOutline } from '../core/record.ts'
import type { BatchRows } from './read-batches.ts'

/** A batch before it is read: `rows` records, from `start` on; `end` is the position after them. */
export interface BatchOutline {
  readonly start: Position
  readonly rows: number
  readonly end: Position
}

export interface CutBatchesOptions {
  readonly after: Position
  readonly batchRows: BatchRows
  readonly batchBytes: number
  /** A batch that is half full ends before a page that it cannot hold wholly: whoever reads it reads no record of another. */
  readonly endsWithPage?: boolean
}

/**
 * Cuts outlined pages into the batches that `readBatches` makes of the same pages, where each record is one item: same places, same positions,
 * but for `endsWithPage`.
 * A resumed step may start inside its first page.
 */
export async function* cutBatches(pages: AsyncIterable<PageOutline>, options: CutBatchesOptions): AsyncGenerator<BatchOutline> {
  const { batchRows, batchBytes, endsWithPage = false } = options
  const mostRows = typeof batchRows === 'number' ? () => batchRows : batchRows
  let start = toPosition(options.after)
  let { cursor, ordinal } = start
  let skip = start.taken
  let rows = 0
  let bytes = 0
  for await (const page of pages) {
    const itemBytes = page.bytes / page.items
    const isTooMuch = rows + page.items > mostRows() || bytes + page.bytes > batchBytes
    const isHalfFull = rows * 2 >= mostRows() || bytes * 2 >= batchBytes
    if (endsWithPage && rows > 0 && isTooMuch && isHalfFull) {
      const end = { cursor, taken: 0, item: 0, ordinal }
      yield { start, rows, end }
      start = end
      rows = 0
      bytes = 0
    }
    for (let taken = skip + 1; taken <= page.items; taken += 1) {
      rows += 1
      ordinal += 1
      bytes += itemBytes
      if (rows < mostRows() && bytes < batchBytes) continue
      const end = taken === page.items ? { cursor: page.cursor, taken: 0, item: 0, ordinal } : { cursor, taken, item: 0, ordinal }
      yield { start, rows, end }
      start = end
      rows = 0
      bytes = 0
    }
    skip = 0
    cursor = page.cursor
  }
  if (rows > 0) yield { start, rows, end: { cursor, taken: 0, item: 0, ordinal } }
}

function toPosition({ cursor, taken, item, ordinal }: Position): Position {
  return { cursor, taken, item, ordinal }
}
