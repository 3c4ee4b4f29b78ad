import type { Position } from '../core/position.ts'
import type { PageOutline } from '../core/record.ts'
import { type BatchRows, bytesOfItem } from './read-batches.ts'

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
  const batch = { rows: 0, bytes: 0 }
  const cut = (end: Position): BatchOutline => {
    const outline = { start, rows: batch.rows, end }
    start = end
    batch.rows = 0
    batch.bytes = 0
    return outline
  }
  for await (const page of pages) {
    const isTooMuch = batch.rows + page.items > mostRows() || batch.bytes + page.bytes > batchBytes
    const isHalfFull = batch.rows * 2 >= mostRows() || batch.bytes * 2 >= batchBytes
    if (endsWithPage && batch.rows > 0 && isTooMuch && isHalfFull) yield cut({ cursor, taken: 0, item: 0, ordinal })
    const itemBytes = bytesOfItem(page.bytes, page.items)
    for (let taken = skip; taken < page.items; ) {
      const room = Math.min(mostRows() - batch.rows, Math.ceil((batchBytes - batch.bytes) / itemBytes))
      const more = Math.min(page.items - taken, Math.max(1, room))
      taken += more
      ordinal += more
      batch.rows += more
      batch.bytes += more * itemBytes
      if (batch.rows < mostRows() && batch.bytes < batchBytes) continue
      yield cut(taken === page.items ? { cursor: page.cursor, taken: 0, item: 0, ordinal } : { cursor, taken, item: 0, ordinal })
    }
    skip = 0
    cursor = page.cursor
  }
  if (batch.rows > 0) yield cut({ cursor, taken: 0, item: 0, ordinal })
}

function toPosition({ cursor, taken, item, ordinal }: Position): Position {
  return { cursor, taken, item, ordinal }
}
