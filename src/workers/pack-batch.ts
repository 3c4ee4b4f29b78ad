import type { Reject } from '../core/reject.ts'
import type { SqlValue } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import { packJournal } from '../state/pack-journal.ts'
import type { Dialect } from '../target/target.ts'
import type { CompiledStep } from '../transform/compile-steps.ts'
import type { PackedBatch } from '../transform/packed-batch.ts'
import type { Resolver, TransformedBatch } from '../transform/pipeline.ts'
import { openRowHash } from '../transform/row-hash.ts'
import type { Answers, BatchOrder, Question, StepSetup } from './messages.ts'
import { readSlice } from './read-slice.ts'
import { createWorkerResolver } from './worker-resolver.ts'
import type { WorkerTools } from './worker-tools.ts'

/** Pieces of a batch that wait for answers of the run, which is in the middle of a statement as often as not. */
const MOST_UNDER_WAY = 8

/** Hashes that have room from the start, however many items there may be. */
const FIRST_HASHES = 65_536

/** What a worker holds for the step at work. */
export interface PackingStep {
  readonly compiled: CompiledStep
  readonly source: SourceAdapter
  readonly dialect: Dialect
  readonly packPlan: unknown
  readonly resolver: Resolver
  /** Memory of batches before. */
  readonly spare?: Buffer[]
}

/** Compiles the step that the run is at. */
export async function openPacking(
  { transfer, source, dialect, compile }: WorkerTools,
  setup: StepSetup,
  ask: (question: Question) => Promise<Answers>,
): Promise<PackingStep> {
  const { number, tables, idBases, parents, packPlan } = setup
  const compiled = await compile({ number, tables, idBases })
  const resolver = createWorkerResolver({ transfer, tables, dialect, parents, hasherFor: await openRowHash(), ask })
  return { compiled, source, dialect, packPlan, resolver, spare: [] }
}

/** A piece of a batch on its way. */
interface Piece {
  readonly transformed: Promise<TransformedBatch>
  isDone: boolean
}

function begin(transformed: Promise<TransformedBatch>): Piece {
  const piece = { transformed, isDone: false }
  const end = () => {
    piece.isDone = true
  }
  // A failure is told where it is awaited, which may be after another's.
  transformed.then(end, end)
  return piece
}

/** Reads, transforms and packs the batch of an order. undefined and @throws as `packSlices` */
export async function packBatch(step: PackingStep, order: BatchOrder): Promise<PackedBatch | undefined> {
  const { compiled, source } = step
  return packSlices(step, { slices: readSlice({ mapping: compiled.mapping, source }, order), rows: order.rows, file: order.file })
}

export interface SlicesToPack {
  /** The items of the batch, some hundred at once. */
  readonly slices: AsyncIterable<readonly BatchItem[]>
  /** How many items there may be. */
  readonly rows: number
  /** Path for the packed rows. */
  readonly file: string
}

/**
 * Transforms and packs one batch. undefined where its rows cannot be packed: some slices are left unread then.
 * @throws what reading and transform throw; nothing is written then but the file
 */
export async function packSlices(
  step: Omit<PackingStep, 'source'>,
  { slices, rows: expected, file }: SlicesToPack,
): Promise<PackedBatch | undefined> {
  const { compiled, dialect, packPlan, spare = [] } = step
  const packer = dialect.packing?.open({ plan: packPlan, columns: compiled.step.columns, file, spare })
  if (packer === undefined) return undefined
  let hashes = new BigUint64Array(Math.min(expected, FIRST_HASHES))
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
  const add = (batch: TransformedBatch): boolean => {
    for (const { row } of batch.rows) {
      if (!packer.add(row)) return false
      if (packed === hashes.length) hashes = grown(hashes)
      hashes[packed] = compiled.hashRow(row, packer.canonicalRecord?.())
      packed += 1
      for (let key = 0; key < pks.length; key += 1) pks[key]?.push(row[compiled.pkPlaces[key] ?? 0] ?? null)
    }
    for (const reject of batch.rejects) rejects.push(reject)
    for (const [column, count] of Object.entries(batch.nulled)) nulled[column] = (nulled[column] ?? 0) + count
    filtered += batch.filtered
    return true
  }
  const underWay: Piece[] = []
  const addNext = async (): Promise<boolean> => {
    const batch = await underWay.shift()?.transformed
    lap('transform')
    const fits = batch === undefined || add(batch)
    lap('pack')
    return fits
  }
  for await (const items of slices) {
    lap('read')
    read += items.length
    underWay.push(begin(compiled.pipeline.transform(items, step.resolver)))
    lap('transform')
    while (underWay[0]?.isDone === true || underWay.length > MOST_UNDER_WAY) if (!(await addNext())) return undefined
  }
  while (underWay.length > 0) if (!(await addNext())) return undefined
  const rows = packer.finish()
  const journal = packJournal({ rows: { hashes: hashes.subarray(0, packed), pks }, updates: [] })
  lap('pack')
  return { items: read, rows, journal, rejects, filtered, nulled, times }
}

/** With room for twice as many. */
function grown(hashes: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const more = new BigUint64Array(2 * hashes.length + 1)
  more.set(hashes)
  return more
}
