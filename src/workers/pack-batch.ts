import type { Reject } from '../core/reject.ts'
import type { SqlValue } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { readBatches } from '../extract/read-batches.ts'
import { packJournal } from '../state/pack-journal.ts'
import type { Dialect } from '../target/target.ts'
import type { CompiledStep } from '../transform/compile-steps.ts'
import type { PackedBatch } from '../transform/packed-batch.ts'
import type { Resolver } from '../transform/pipeline.ts'
import type { BatchOrder } from './messages.ts'

/** Records at once on their way: so few that most of what they leave behind is young when it is thrown away. */
const ROWS_AT_ONCE = 500

/** What a worker holds for the step at work. */
export interface PackingStep {
  readonly compiled: CompiledStep
  readonly source: SourceAdapter
  readonly dialect: Dialect
  readonly packPlan: unknown
  readonly resolver: Resolver
}

/**
 * Reads, transforms and packs one batch. undefined where its rows cannot be packed.
 * @throws what source and transform throw; nothing is written then but the file of the order
 */
export async function packBatch(step: PackingStep, order: BatchOrder): Promise<PackedBatch | undefined> {
  const { compiled, dialect, packPlan } = step
  const packer = dialect.packing?.open({ plan: packPlan, columns: compiled.step.columns, file: order.file })
  if (packer === undefined) return undefined
  const hashes = new BigUint64Array(order.rows)
  const pks: SqlValue[][] = compiled.pkPlaces.map(() => [])
  const rejects: Reject[] = []
  const nulled: Record<string, number> = {}
  const times = { read: 0, transform: 0, pack: 0 }
  let read = 0
  let packed = 0
  let filtered = 0
  let at = performance.now()
  const lap = (station: keyof typeof times) => {
    const now = performance.now()
    times[station] += now - at
    at = now
  }
  for await (const { items: found } of readOrder(step, order)) {
    const items = found.slice(0, order.rows - read)
    read += items.length
    lap('read')
    const batch = await compiled.pipeline.transform(items, step.resolver)
    lap('transform')
    for (const { row } of batch.rows) {
      if (!packer.add(row)) return undefined
      hashes[packed] = compiled.hashRow(row)
      packed += 1
      for (let key = 0; key < pks.length; key += 1) pks[key]?.push(row[compiled.pkPlaces[key] ?? 0] ?? null)
    }
    for (const reject of batch.rejects) rejects.push(reject)
    for (const [column, count] of Object.entries(batch.nulled)) nulled[column] = (nulled[column] ?? 0) + count
    filtered += batch.filtered
    lap('pack')
    if (read >= order.rows) break
  }
  if (read !== order.rows) throw new RangeError('the source holds fewer records than its outline told')
  const rows = packer.finish()
  const journal = packJournal({ rows: { hashes: hashes.subarray(0, packed), pks }, updates: [] })
  lap('pack')
  return { rows, journal, rejects, filtered, nulled, times }
}

/** The records of the order, and maybe some after them. */
function readOrder({ compiled, source }: PackingStep, { start, rows }: BatchOrder) {
  const { from: collection, each } = compiled.mapping
  const batchRows = Math.min(rows, ROWS_AT_ONCE)
  return readBatches(source, { collection, each, after: start, batchRows, batchBytes: Number.POSITIVE_INFINITY })
}
