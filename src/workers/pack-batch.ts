import type { SourceAdapter } from '../core/source-adapter.ts'
import type { Batch } from '../extract/read-batches.ts'
import { readBatches } from '../extract/read-batches.ts'
import { packJournal } from '../state/pack-journal.ts'
import type { Dialect } from '../target/target.ts'
import type { CompiledStep } from '../transform/compile-steps.ts'
import type { PackedBatch } from '../transform/packed-batch.ts'
import type { Resolver } from '../transform/pipeline.ts'
import type { BatchOrder } from './messages.ts'

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
  const { compiled, dialect } = step
  const startedAt = performance.now()
  const { items } = await readOrder(step, order)
  const readAt = performance.now()
  const { rows: transformed, rejects, filtered, nulled } = await compiled.pipeline.transform(items, step.resolver)
  const transformedAt = performance.now()
  const rows = transformed.map(({ row }) => row)
  const packed = dialect.packing?.pack(rows, { plan: step.packPlan, columns: compiled.step.columns, file: order.file })
  if (packed === undefined) return undefined
  const hashes = new BigUint64Array(rows.length)
  for (const [at, row] of rows.entries()) hashes[at] = compiled.hashRow(row)
  const pks = compiled.pkPlaces.map((place) => rows.map((row) => row[place] ?? null))
  const journal = packJournal({ rows: { hashes, pks }, updates: [] })
  const times = { read: readAt - startedAt, transform: transformedAt - readAt, pack: performance.now() - transformedAt }
  return { rows: packed, journal, rejects, filtered, nulled, times }
}

/** Exactly the records of the order, as one batch. */
async function readOrder({ compiled, source }: PackingStep, { start, rows }: BatchOrder): Promise<Batch> {
  const batches = readBatches(source, {
    collection: compiled.mapping.from,
    each: compiled.mapping.each,
    after: start,
    batchRows: rows,
    batchBytes: Number.POSITIVE_INFINITY,
  })
  for await (const batch of batches) {
    if (batch.items.length !== rows) break
    return batch
  }
  throw new RangeError('the source holds fewer records than its outline told')
}
