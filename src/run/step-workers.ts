import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import { type BatchOutline, cutBatches } from '../extract/cut-batches.ts'
import type { SharedParents } from '../state/parent-census.ts'
import { findRejectedOrdinals } from '../state/rejects.ts'
import type { TargetResolver } from '../state/resolver.ts'
import type { StepState } from '../state/steps.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { Question } from '../workers/messages.ts'
import { packSlices, type SlicesToPack } from '../workers/pack-batch.ts'
import { answerQuestion } from './answer-question.ts'
import type { BatchSize } from './batch-size.ts'
import { earlierParents } from './earlier-parents.ts'
import type { OpenRun } from './open-run.ts'
import { packAhead, packHere, type ReadyBatch } from './ready-batches.ts'
import { holdsMany, mayPack } from './run-workers.ts'
import { throughTrouble } from './through-trouble.ts'

export interface StepToServe {
  readonly compiled: CompiledStep
  readonly state: StepState
  readonly resolverOf: () => TargetResolver
  readonly size: BatchSize
}

/**
 * The step's batches with their rows packed: ahead by the run's threads, or where there are none by this one when they are asked for.
 * undefined for a step that is small, or whose rows depend on those before them.
 */
export async function packStep(open: OpenRun, prepared: PreparedSteps, step: StepToServe): Promise<AsyncIterable<ReadyBatch> | undefined> {
  const { source, signal, ambient } = open.place
  const { compiled, state, resolverOf, size } = step
  const { dialect } = open.session
  if (!isServable(compiled, prepared, open.place.transfer.mappings)) return undefined
  const { cursor } = state.position
  const { from: collection } = compiled.mapping
  const rest = cursor === null ? { signal } : { after: cursor, signal }
  if (!(await holdsMany(source, collection, open.workers.fromItems, rest))) return undefined
  const trouble = { step: state.number }
  const { table, step: columns } = compiled
  const isPatch = compiled.step.kind === 'patch'
  const packPlan = isPatch
    ? undefined
    : await throughTrouble(open, trouble, async () => dialect.packing?.readPlan(open.session, table.name, columns.columns))
  if (packPlan === undefined && !isPatch) return undefined
  const place = { source, mapping: compiled.mapping, from: state.position, now: ambient.now }
  const workers = mayPackAhead(open, step) ? open.workers.open() : undefined
  const pages = workers && (await source.outline?.(collection, rest))
  if (pages === undefined || workers === undefined) {
    const file = isPatch ? undefined : open.workers.ownFile()
    if (file === undefined) return undefined
    const spare: Buffer[] = []
    const pack = (batch: SlicesToPack) => packSlices({ compiled, dialect, packPlan, resolver: resolverOf(), spare }, batch)
    return packHere(size, { ...place, file, signal, pack })
  }
  const cutting = { after: state.position, batchRows: size.rows, batchBytes: size.bytes, endsWithPage: !size.isFixed }
  const outlines = cutBatches(pages, cutting)
  const toCompile = { number: compiled.step.number, tables: prepared.tables, idBases: new Map([[compiled.mapping.name, state.idBase]]) }
  workers.prepare(toCompile)
  const parents = await throughTrouble(open, trouble, () =>
    shareParents(step, { prepared, resolver: resolverOf(), mappings: open.place.transfer.mappings }),
  )
  workers.setStep({ ...toCompile, packPlan, parents })
  const answer = (question: Question) => throughTrouble(open, trouble, () => answerQuestion(resolverOf(), question))
  const mapping = compiled.mapping.name
  const passOver = async ({ start: { ordinal }, rows }: BatchOutline) =>
    isPatch ? [...(await findRejectedOrdinals(open.session, open.run.id, { mapping, from: ordinal, to: ordinal + rows - 1 }))] : []
  return packAhead(outlines, { ...place, workers, answer, passOver: (batch) => throughTrouble(open, trouble, () => passOver(batch)) })
}

/** Elements of lists are counted while they are read: ahead of that a batch is as large as its records make it, and its items have no numbers yet. */
function mayPackAhead(open: OpenRun, { compiled: { mapping, step }, size }: StepToServe): boolean {
  if (mapping.each.length === 0) return mayPack(mapping)
  return step.kind === 'load' && mayPack(mapping) && !size.isFixed && open.place.options.throttle === undefined
}

/**
 * Whether rows can be made without knowing what became of the batches before: no upsert, no map of ids, no parent among the rows of the step itself
 * or of a later one, no constraint that would speak at COMMIT only.
 */
function isServable({ step, mapping, table }: CompiledStep, { order }: PreparedSteps, mappings: readonly ResolvedMapping[]): boolean {
  if (mapping.conflict !== 'insert') return false
  if (order.idMapped.has(mapping.name) || order.enforcementOff.includes(table.name)) return false
  if (table.foreignKeys.some(({ deferrable }) => deferrable)) return false
  return earlierParents(step, mapping, { order, mappings }) !== undefined
}

/** Primary keys of the step's parents in memory that all threads see, where they fit. */
async function shareParents(
  { compiled, state }: StepToServe,
  { prepared, resolver, mappings }: { prepared: PreparedSteps; resolver: TargetResolver; mappings: readonly ResolvedMapping[] },
) {
  const { tables, order } = prepared
  const shared = new Map<string, SharedParents>()
  const { step, mapping } = compiled
  const asked = step.columns.map((column) => referredMapping(mapping.columns[column]?.origin, mapping, mappings))
  // Who has a link is asked whether it has a row.
  for (const referred of step.kind === 'patch' ? [mapping.name, ...asked] : asked) {
    if (referred === undefined || shared.has(referred)) continue
    const parent = order.steps.find(({ mapping }) => mapping === referred)
    const [key] = tables.get(parent?.table ?? '')?.primaryKey ?? []
    const found = key === undefined ? undefined : await resolver.shareParents(referred, key, state.expected ?? Number.POSITIVE_INFINITY)
    if (found !== undefined) shared.set(referred, found)
  }
  return shared
}
