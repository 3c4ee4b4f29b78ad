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
    for (let taken = skip; taken < page.items; ) {
      const more = fill(batch, { records: page.items - taken, itemBytes: page.bytes / page.items }, mostRows(), batchBytes)
      taken += more
      ordinal += more
      if (batch.rows < mostRows() && batch.bytes < batchBytes) continue
      yield cut(taken === page.items ? { cursor: page.cursor, taken: 0, item: 0, ordinal } : { cursor, taken, item: 0, ordinal })
    }
    skip = 0
    cursor = page.cursor
  }
  if (batch.rows > 0) yield cut({ cursor, taken: 0, item: 0, ordinal })
}

/** Puts records of a page into a batch until it is full; how many. Sizes are added one by one, as `readBatches` does: the sum is rounded alike. */
function fill(
  batch: { rows: number; bytes: number },
  { records, itemBytes }: { readonly records: number; readonly itemBytes: number },
  mostRows: number,
  mostBytes: number,
): number {
  const before = batch.rows
  const last = before + records
  let { rows, bytes } = batch
  do {
    rows += 1
    bytes += itemBytes
  } while (rows < last && rows < mostRows && bytes < mostBytes)
  batch.rows = rows
  batch.bytes = bytes
  return rows - before
}

function toPosition({ cursor, taken, item, ordinal }: Position): Position {
  return { cursor, taken, item, ordinal }
}
