import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { PageOutline } from '../core/record.ts'
import { cutBatches } from '../extract/cut-batches.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { TargetResolver } from '../state/resolver.ts'
import type { StepState } from '../state/steps.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { Answers, Question } from '../workers/messages.ts'
import { openWorkers, type Workers } from '../workers/open-workers.ts'
import type { BatchSize } from './batch-size.ts'
import type { OpenRun } from './open-run.ts'
import { packAhead, type ReadyBatch } from './ready-batches.ts'
import { throughTrouble } from './through-trouble.ts'

/** Items from which a step pays for the start of threads. */
export const WORKERS_FROM_ITEMS = 50_000
const MOST_WORKERS = 4

/** Where packed rows stand until they are copied. */
function filesOf(runFolder: string): string {
  return join(runFolder, 'workers')
}

/** The threads of one run, started with the first step that they serve. */
export interface StepWorkers {
  /** The step's batches, made ahead; undefined where this thread must do it all. */
  openStep(step: StepToServe): Promise<AsyncIterable<ReadyBatch> | undefined>
  close(): Promise<void>
}

export interface StepToServe {
  readonly compiled: CompiledStep
  readonly state: StepState
  readonly resolverOf: () => TargetResolver
  readonly size: BatchSize
}

export function createStepWorkers(open: OpenRun, prepared: PreparedSteps): StepWorkers {
  const { options, source, transfer, target, folder, signal, ambient, report } = open.place
  const count = options.workers ?? Math.min(MOST_WORKERS, availableParallelism())
  let workers: Workers | undefined
  const onUnable = (why: string) =>
    report({ type: 'notice', text: `a worker thread cannot go on, its batches are done without it: ${why}` })
  return {
    async openStep(step) {
      const { compiled, state, resolverOf, size } = step
      const { definitionFile } = options
      const { packing } = open.session.dialect
      const { reopening } = source
      if (count < 1 || definitionFile === undefined || packing === undefined || reopening === undefined) return undefined
      if (!isServable(compiled, prepared)) return undefined
      const { cursor } = state.position
      const outlined = await source.outline?.(compiled.mapping.from, cursor === null ? { signal } : { after: cursor, signal })
      const pages = outlined && (await ifMany(outlined, options.workersFrom ?? WORKERS_FROM_ITEMS))
      if (pages === undefined) return undefined
      const trouble = { step: state.number }
      const { table, step: columns } = compiled
      const setup = await throughTrouble(open, trouble, async () => ({
        number: compiled.step.number,
        tables: prepared.tables,
        idBases: new Map([[compiled.mapping.name, state.idBase]]),
        packPlan: await packing.readPlan(open.session, table.name, columns.columns),
        parents: await shareParents(step, prepared, resolverOf()),
      }))
      if (setup.packPlan === undefined) return undefined
      workers ??= openWorkers(
        { definitionFile, definitionHash: transfer.hash, source: reopening, engine: target.engine },
        { count, folder: filesOf(folder), onUnable },
      )
      workers.setStep(setup)
      const answer = (question: Question) => throughTrouble(open, trouble, () => answerFrom(resolverOf(), question))
      const cutting = { after: state.position, batchRows: size.rows, batchBytes: size.bytes, endsWithPage: !size.isFixed }
      return packAhead(cutBatches(pages, cutting), {
        workers,
        answer,
        source,
        mapping: compiled.mapping,
        from: state.position,
        now: ambient.now,
      })
    },
    async close() {
      await workers?.close()
      // Of a process that was killed, whatever this one needed.
      rmSync(filesOf(folder), { recursive: true, force: true })
    },
  }
}

/** The same pages, where they hold at least `items` records together. No batch is cut of them meanwhile: its size is known when it is ordered. */
async function ifMany(pages: AsyncIterable<PageOutline>, items: number): Promise<AsyncIterable<PageOutline> | undefined> {
  const rest = pages[Symbol.asyncIterator]()
  const first: PageOutline[] = []
  for (let seen = 0; seen < items; ) {
    const next = await rest.next()
    if (next.done === true) return undefined
    first.push(next.value)
    seen += next.value.items
  }
  return (async function* () {
    yield* first
    yield* { [Symbol.asyncIterator]: () => rest }
  })()
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

async function answerFrom(resolver: TargetResolver, question: Question): Promise<Answers> {
  if (question.kind === 'lookups') return resolver.lookups(question.table, question.match, question.column, question.values)
  return resolver.references(question.mapping, question.keys, { orTarget: question.orTarget })
}
