import type { Reject } from '../core/reject.ts'
import type { Row, SqlValue } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import { packJournal } from '../state/pack-journal.ts'
import type { RowPacker } from '../target/row-packing.ts'
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
  const packer = dialect.packing?.open({ plan: packPlan, columns: compiled.step.columns, codecs: compiled.pipeline.codecs, file, spare })
  if (packer === undefined) return undefined
  const rows = new BatchRows(compiled, packer, expected)
  const times = { read: 0, transform: 0, pack: 0 }
  let read = 0
  let at = performance.now()
  const lap = (station: keyof typeof times) => {
    const now = performance.now()
    times[station] += now - at
    at = now
  }
  const underWay: Piece[] = []
  const addNext = async (): Promise<boolean> => {
    const batch = await underWay.shift()?.transformed
    lap('transform')
    const fits = batch === undefined || rows.add(batch)
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
  const packed = rows.finish()
  lap('pack')
  return { items: read, ...packed, times }
}

/** The rows of one batch, and what a run has to know of them. */
class BatchRows {
  readonly #compiled: CompiledStep
  readonly #packer: RowPacker
  readonly #pks: readonly SqlValue[][]
  readonly #rejects: Reject[] = []
  readonly #nulled: Record<string, number> = {}
  #hashes: BigUint64Array<ArrayBuffer>
  #count = 0
  #filtered = 0

  constructor(compiled: CompiledStep, packer: RowPacker, expected: number) {
    this.#compiled = compiled
    this.#packer = packer
    this.#pks = Array.from(compiled.pkPlaces, () => [])
    this.#hashes = new BigUint64Array(Math.min(expected, FIRST_HASHES))
  }

  /** False where one of the rows cannot be packed. */
  add({ rows, rejects, nulled, filtered }: TransformedBatch): boolean {
    const packer = this.#packer
    const { hashRow } = this.#compiled
    for (const { row } of rows) {
      if (!packer.add(row)) return false
      this.#remember(row, hashRow(row, packer.canonicalRecord?.()))
    }
    for (const reject of rejects) this.#rejects.push(reject)
    for (const [column, count] of Object.entries(nulled)) this.#nulled[column] = (this.#nulled[column] ?? 0) + count
    this.#filtered += filtered
    return true
  }

  #remember(row: Row, hash: bigint): void {
    if (this.#count === this.#hashes.length) this.#hashes = grown(this.#hashes)
    this.#hashes[this.#count] = hash
    this.#count += 1
    const { pkPlaces } = this.#compiled
    for (let key = 0; key < pkPlaces.length; key += 1) this.#pks[key]?.push(row[pkPlaces[key] ?? 0] ?? null)
  }

  finish(): Pick<PackedBatch, 'rows' | 'journal' | 'rejects' | 'filtered' | 'nulled'> {
    const rows = this.#packer.finish()
    const journal = packJournal({ rows: { hashes: this.#hashes.subarray(0, this.#count), pks: this.#pks }, updates: [] })
    return { rows, journal, rejects: this.#rejects, filtered: this.#filtered, nulled: this.#nulled }
  }
}

/** With room for twice as many. */
function grown(hashes: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const more = new BigUint64Array(2 * hashes.length + 1)
  more.set(hashes)
  return more
}
