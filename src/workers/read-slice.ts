import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import { type BatchItem, readBatches } from '../extract/read-batches.ts'
import type { SliceOrder } from './messages.ts'

/** Records at once on their way: so few that most of what they leave behind is young when it is thrown away. */
const ROWS_AT_ONCE = 500

/** The records of an order, some hundred at once, and no other. @throws RangeError where the source holds fewer than its outline told */
export async function* readSlice(
  { mapping, source }: { readonly mapping: ResolvedMapping; readonly source: SourceAdapter },
  { start, rows }: SliceOrder,
): AsyncGenerator<readonly BatchItem[]> {
  const { from: collection, each } = mapping
  const batchRows = Math.min(rows, ROWS_AT_ONCE)
  let read = 0
  for await (const { items } of readBatches(source, { collection, each, after: start, batchRows, batchBytes: Number.POSITIVE_INFINITY })) {
    const wanted = items.slice(0, rows - read)
    read += wanted.length
    yield wanted
    if (read >= rows) return
  }
  if (read !== rows) throw new RangeError('the source holds fewer records than its outline told')
}
