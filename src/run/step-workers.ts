import { cutBatches } from '../extract/cut-batches.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { TargetResolver } from '../state/resolver.ts'
import type { StepState } from '../state/steps.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { BatchOrder, Question } from '../workers/messages.ts'
import { packBatch } from '../workers/pack-batch.ts'
import { answerQuestion } from './answer-question.ts'
import type { BatchSize } from './batch-size.ts'
import { ifMany } from './many-outlines.ts'
import type { OpenRun } from './open-run.ts'
import { packAhead, packHere, type ReadyBatch } from './ready-batches.ts'
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
  if (packing === undefined || !isServable(compiled, prepared)) return undefined
  const { cursor } = state.position
  const outlined = await source.outline?.(compiled.mapping.from, cursor === null ? { signal } : { after: cursor, signal })
  const pages = outlined && (await ifMany(outlined, open.workers.fromItems))
  if (pages === undefined) return undefined
  const cutting = { after: state.position, batchRows: size.rows, batchBytes: size.bytes, endsWithPage: !size.isFixed }
  const outlines = cutBatches(pages, cutting)
  const trouble = { step: state.number }
  const { table, step: columns } = compiled
  const packPlan = await throughTrouble(open, trouble, () => packing.readPlan(open.session, table.name, columns.columns))
  if (packPlan === undefined) return undefined
  const place = { source, mapping: compiled.mapping, from: state.position, now: ambient.now }
  const workers = open.workers.open()
  if (workers === undefined) {
    const file = open.workers.ownFile()
    if (file === undefined) return undefined
    const pack = (order: BatchOrder) =>
      throughTrouble(open, trouble, () => packBatch({ compiled, source, dialect, packPlan, resolver: resolverOf() }, order))
    return packHere(outlines, { ...place, file, pack })
  }
  workers.setStep({
    number: compiled.step.number,
    tables: prepared.tables,
    idBases: new Map([[compiled.mapping.name, state.idBase]]),
    packPlan,
    parents: await throughTrouble(open, trouble, () => shareParents(step, prepared, resolverOf())),
  })
  const answer = (question: Question) => throughTrouble(open, trouble, () => answerQuestion(resolverOf(), question))
  return packAhead(outlines, { ...place, workers, answer })
}

/**
 * Whether rows can be made without knowing what became of the batches before: no upsert, no elements of lists (nobody knows their number before they are read),
 * no map of ids, no parent among the rows of the step itself or of a later one, no constraint that would speak at COMMIT only.
 */
function isServable({ step, mapping, table }: CompiledStep, { order }: PreparedSteps): boolean {
  if (step.kind !== 'load' || mapping.conflict !== 'insert' || mapping.each.length > 0) return false
  if (order.idMapped.has(mapping.name) || order.enforcementOff.includes(table.name)) return false
  if (table.foreignKeys.some(({ deferrable }) => deferrable)) return false
  return step.columns.every((column) => {
    const origin = mapping.columns[column]?.origin
    if (origin?.from === 'lookup') return origin.table !== table.name
    if (origin?.from !== 'reference') return true
    const parent = order.steps.find(({ kind, mapping: name }) => kind === 'load' && name === origin.mapping)
    return parent !== undefined && parent.number < step.number && parent.table !== table.name
  })
}

/** Primary keys of the step's parents in memory that all threads see, where they fit. */
async function shareParents({ compiled, state }: StepToServe, { tables, order }: PreparedSteps, resolver: TargetResolver) {
  const shared = new Map<string, SharedParents>()
  for (const column of compiled.step.columns) {
    const origin = compiled.mapping.columns[column]?.origin
    if (origin?.from !== 'reference' || shared.has(origin.mapping)) continue
    const parent = order.steps.find(({ mapping }) => mapping === origin.mapping)
    const [key] = tables.get(parent?.table ?? '')?.primaryKey ?? []
    const found =
      key === undefined ? undefined : await resolver.shareParents(origin.mapping, key, state.expected ?? Number.POSITIVE_INFINITY)
    if (found !== undefined) shared.set(origin.mapping, found)
  }
  return shared
}
