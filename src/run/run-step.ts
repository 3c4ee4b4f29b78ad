import type { Batch } from '../extract/read-batches.ts'
import type { LoadContext } from '../load/load-context.ts'
import type { BatchToWrite } from '../load/write-batch.ts'
import { findRejectedOrdinals } from '../state/rejects.ts'
import { createResolver } from '../state/resolver.ts'
import type { StepState } from '../state/steps.ts'
import type { Session } from '../target/target.ts'
import type { Resolver } from '../transform/pipeline.ts'
import { commitBatch } from './commit-batch.ts'
import type { CompiledStep } from './compile-steps.ts'
import { obeyRequests } from './obey-requests.ts'
import type { OpenRun } from './open-run.ts'
import { paceRows } from './pace-rows.ts'
import type { PreparedSteps } from './prepare-steps.ts'
import { throughTrouble } from './through-trouble.ts'

export interface StepWork {
  readonly compiled: CompiledStep
  readonly prepared: PreparedSteps
  /** The step as stored. */
  readonly state: StepState
  /** What is left of it, from the stored position on. */
  readonly batches: AsyncIterable<Batch>
  /** The run and those before it whose rows it builds on (retry). */
  readonly runIds: readonly string[]
  readonly allowedRejects: () => number
  readonly throttle: number | undefined
  /** Told after every commit. */
  readonly onState?: (state: StepState) => void
  readonly alongside?: (batch: Batch) => BatchToWrite['alongside']
}

/** Runs one step to its end, batch by batch. Resolves with the step as stored. @throws StopRun, and what writeBatch throws */
export async function runStep(open: OpenRun, work: StepWork): Promise<StepState> {
  const { compiled } = work
  let { state } = work
  const resolverOf = keepResolver(open, work)
  for await (const { batch, last } of withLast(work.batches, state)) {
    const startedAt = open.place.ambient.now()
    // Parents are read over the run's connection, which may be lost between two batches as well as inside one.
    const transformed = await throughTrouble(open, { step: state.number }, async () => {
      const items = compiled.step.kind === 'patch' ? await withoutRejected(open, batch.items, compiled.mapping.name) : batch.items
      return compiled.pipeline.transform(items, resolverOf())
    })
    const position = { ...batch.position, batchStart: withoutStart(state.position) }
    const alongside = work.alongside?.(batch)
    const before = state.counts
    state = await commitBatch(open, (current) => contextOf(current, work), {
      state,
      batch: transformed,
      read: batch.items.length,
      position,
      last,
      ...(alongside === undefined ? {} : { alongside }),
    })
    work.onState?.(state)
    reportBatch(open, state, { items: batch.items.length, rejects: state.counts.rejected - before.rejected, startedAt })
    await throughTrouble(open, { step: state.number }, () => obeyRequests(open))
    await paceRows(open.place, { rows: batch.items.length, startedAt, throttle: work.throttle })
  }
  return state
}

/** A rejected record has no row of its own: where another record has its key, its links are not that row's. */
async function withoutRejected(open: OpenRun, items: Batch['items'], mapping: string): Promise<Batch['items']> {
  const ordinals = items.map(({ ordinal }) => ordinal)
  if (ordinals.length === 0) return items
  const rejected = await findRejectedOrdinals(open.session, open.run.id, {
    mapping,
    from: Math.min(...ordinals),
    to: Math.max(...ordinals),
  })
  return rejected.size === 0 ? items : items.filter(({ ordinal }) => !rejected.has(ordinal))
}

/** One resolver for the step, since it remembers parents; another where a lost connection was replaced. */
function keepResolver(open: OpenRun, { prepared, runIds }: StepWork): () => Resolver {
  let kept: { readonly session: Session; readonly resolver: Resolver } | undefined
  return () => {
    const { session } = open
    if (kept?.session !== session) {
      const { order, tables } = prepared
      kept = { session, resolver: createResolver({ session, transfer: open.place.transfer, order, tables, runIds }) }
    }
    return kept.resolver
  }
}

function contextOf(open: OpenRun, work: StepWork): LoadContext {
  const { compiled } = work
  return {
    session: open.session,
    runId: open.run.id,
    lease: open.lease,
    leaseTtlMs: open.place.leaseTtlMs,
    mapping: compiled.mapping,
    pipeline: compiled.pipeline,
    hashRow: compiled.hashRow,
    pkPlaces: compiled.pkPlaces,
    idMapped: work.prepared.order.idMapped.has(compiled.mapping.name),
    unchecked: new Set(work.prepared.order.enforcementOff),
    allowedRejects: work.allowedRejects(),
  }
}

function withoutStart({ cursor, taken, item, ordinal }: StepState['position']): StepState['position'] {
  return { cursor, taken, item, ordinal }
}

/** Marks the last batch; a step without any gives one empty batch, so that its end is committed too. */
async function* withLast(batches: AsyncIterable<Batch>, state: StepState): AsyncGenerator<{ batch: Batch; last: boolean }> {
  let held: Batch | undefined
  for await (const batch of batches) {
    if (held !== undefined) yield { batch: held, last: false }
    held = batch
  }
  yield { batch: held ?? { items: [], position: state.position }, last: true }
}

function reportBatch(open: OpenRun, state: StepState, batch: { items: number; rejects: number; startedAt: number }): void {
  open.place.report({
    type: 'batch:committed',
    step: state.number,
    batch: state.batches,
    items: batch.items,
    rejects: batch.rejects,
    ms: open.place.ambient.now() - batch.startedAt,
    counts: state.counts,
    rssBytes: process.memoryUsage.rss(),
  })
}
