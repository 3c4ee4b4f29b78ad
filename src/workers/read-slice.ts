import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import { type BatchItem, readBatches } from '../extract/read-batches.ts'
import type { SliceOrder } from './messages.ts'

/** Items at once on their way: so few that most of what they leave behind is young when it is thrown away. */
export const ITEMS_AT_ONCE = 250

/** The items of the records of an order, some hundred at once, and no other. @throws as readBatches */
export async function* readSlice(
  { mapping, source }: { readonly mapping: ResolvedMapping; readonly source: SourceAdapter },
  { start, rows: records }: SliceOrder,
): AsyncGenerator<readonly BatchItem[]> {
  const { from: collection, each } = mapping
  const bounds = { batchRows: ITEMS_AT_ONCE, batchBytes: Number.POSITIVE_INFINITY, records }
  for await (const { items } of readBatches(source, { collection, each, after: start, ...bounds })) yield items
}
