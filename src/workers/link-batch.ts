import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import type { LinkBatch } from '../transform/packed-batch.ts'
import type { BatchOrder } from './messages.ts'
import type { PackingStep } from './pack-batch.ts'
import { readSlice } from './read-slice.ts'

/** Reads and transforms the batch of an order of a patch step. @throws what reading and transform throw */
export async function linkBatch({ compiled, source, resolver }: PackingStep, order: BatchOrder): Promise<LinkBatch> {
  const without = new Set(order.without)
  const links: Row[] = []
  const rejects: Reject[] = []
  const nulled: Record<string, number> = {}
  const times = { read: 0, transform: 0, pack: 0 }
  let read = 0
  let filtered = 0
  let at = performance.now()
  for await (const items of readSlice({ mapping: compiled.mapping, source }, order)) {
    const readAt = performance.now()
    times.read += readAt - at
    read += items.length
    const wanted = without.size === 0 ? items : items.filter(({ ordinal }) => !without.has(ordinal))
    const batch = await compiled.pipeline.transform(wanted, resolver)
    for (const { row } of batch.rows) links.push(row)
    for (const reject of batch.rejects) rejects.push(reject)
    for (const [column, count] of Object.entries(batch.nulled)) nulled[column] = (nulled[column] ?? 0) + count
    filtered += batch.filtered
    at = performance.now()
    times.transform += at - readAt
  }
  return { items: read, links, rejects, filtered, nulled, times }
}
