import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import { cutBatches } from '../extract/cut-batches.ts'
import type { SharedParents } from '../state/parent-census.ts'
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
  const { packing } = dialect
  if (packing === undefined || !isServable(compiled, prepared, open.place.transfer.mappings)) return undefined
  const { cursor } = state.position
  const { from: collection } = compiled.mapping
  const rest = cursor === null ? { signal } : { after: cursor, signal }
  if (!(await holdsMany(source, collection, open.workers.fromItems, rest))) return undefined
  const trouble = { step: state.number }
  const { table, step: columns } = compiled
  const packPlan = await throughTrouble(open, trouble, () => packing.readPlan(open.session, table.name, columns.columns))
  if (packPlan === undefined) return undefined
  const place = { source, mapping: compiled.mapping, from: state.position, now: ambient.now }
  const workers = mayPackAhead(open, step) ? open.workers.open() : undefined
  const pages = workers && (await source.outline?.(collection, rest))
  if (pages === undefined || workers === undefined) {
    const file = open.workers.ownFile()
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
  return packAhead(outlines, { ...place, workers, answer })
}

/** Elements of lists are counted while they are read: ahead of that a batch is as large as its records make it, and its items have no numbers yet. */
function mayPackAhead(open: OpenRun, { compiled: { mapping }, size }: StepToServe): boolean {
  return mayPack(mapping) && (mapping.each.length === 0 || (!size.isFixed && open.place.options.throttle === undefined))
}

/**
 * Whether rows can be made without knowing what became of the batches before: no upsert, no map of ids, no parent among the rows of the step itself
 * or of a later one, no constraint that would speak at COMMIT only.
 */
function isServable({ step, mapping, table }: CompiledStep, { order }: PreparedSteps, mappings: readonly ResolvedMapping[]): boolean {
  if (step.kind !== 'load' || mapping.conflict !== 'insert') return false
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
  for (const column of compiled.step.columns) {
    const referred = referredMapping(compiled.mapping.columns[column]?.origin, compiled.mapping, mappings)
    if (referred === undefined || shared.has(referred)) continue
    const parent = order.steps.find(({ mapping }) => mapping === referred)
    const [key] = tables.get(parent?.table ?? '')?.primaryKey ?? []
    const found = key === undefined ? undefined : await resolver.shareParents(referred, key, state.expected ?? Number.POSITIVE_INFINITY)
    if (found !== undefined) shared.set(referred, found)
  }
  return shared
}
