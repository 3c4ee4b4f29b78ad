import { countedFrom } from '../core/reject.ts'
import type { StationTimes } from '../core/station-times.ts'
import type { Batch } from '../extract/read-batches.ts'
import type { LoadContext } from '../load/load-context.ts'
import type { BatchToWrite } from '../load/write-batch.ts'
import { LinksRefused } from '../load/write-links.ts'
import { findRejectedOrdinals } from '../state/rejects.ts'
import { createResolver, type TargetResolver } from '../state/resolver.ts'
import type { StepState } from '../state/steps.ts'
import { faultOf } from '../target/engine-error.ts'
import type { ContentMark, EngineFault, Session } from '../target/target.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { BatchSize, CommittedBatch } from './batch-size.ts'
import { commitBatch } from './commit-batch.ts'
import { obeyRequests } from './obey-requests.ts'
import type { OpenRun } from './open-run.ts'
import { paceRows } from './pace-rows.ts'
import type { ReadyBatch } from './ready-batches.ts'
import { settleSource } from './settle-source.ts'
import { throughTrouble } from './through-trouble.ts'

export interface StepWork {
  readonly compiled: CompiledStep
  readonly prepared: PreparedSteps
  /** The step as stored. */
  readonly state: StepState
  /** What is left of it, from the stored position on. */
  readonly batches: AsyncIterable<ReadyBatch>
  /** Told how long each of them took. */
  readonly size: BatchSize
  /** The run and those before it whose rows it builds on (retry). */
  readonly runIds: readonly string[]
  /** Where a resolver serves more than this loop. */
  readonly resolverOf?: () => TargetResolver
  /** Taken before that resolver looked for any parent; every foreign key of the step's rows is one that it finds. */
  readonly parentsSeenSince?: ContentMark | undefined
  readonly allowedRejects: () => number
  readonly throttle: number | undefined
  /** Told after every commit. */
  readonly onState?: (state: StepState) => void
  readonly alongside?: (batch: Batch) => BatchToWrite['alongside']
}

/** Runs one step to its end, batch by batch. Resolves with the step as stored. @throws StopRun, and what writeBatch throws */
export async function runStep(open: OpenRun, work: StepWork): Promise<StepState> {
  let { state } = work
  const resolverOf = work.resolverOf ?? keepResolver(open, work)
  for await (const ready of work.batches) {
    const before = state
    const times: Times = { read: 0, transform: 0, pack: 0, write: 0, commit: 0 }
    const waitedMs = open.place.ambient.now() - ready.startedAt
    const turn = { state, ready, times, resolverOf }
    state = (await writePacked(open, work, turn)) ?? (await writeRead(open, work, turn))
    ready.discard()
    work.size.learn(measure(ready, { times, waitedMs }))
    work.onState?.(state)
    const items = state.counts.read - before.counts.read
    reportBatch(open, state, { before, items, startedAt: ready.startedAt, times })
    await throughTrouble(open, { step: state.number }, () => settleSource(open, { wait: false }))
    await throughTrouble(open, { step: state.number }, () => obeyRequests(open))
    await paceRows(open, { step: state.number, rows: items, startedAt: ready.startedAt, throttle: work.throttle })
  }
  return state
}

/** What was made ahead counts by its work or by the run's wait for it, whichever is less: a thread takes time to start, and stands still while the run pauses. */
function measure(ready: ReadyBatch, { times, waitedMs }: { times: Times; waitedMs: number }): CommittedBatch {
  const making = times.read + times.transform + times.pack
  const transactionMs = times.write + times.commit
  return { rows: ready.size, transactionMs, turnMs: (ready.packed === undefined ? making : Math.min(making, waitedMs)) + transactionMs }
}

/** Faults after which a batch is written the long way, which finds the row, or meets the same fault and tells it. */
const ABOUT_THE_ROWS: ReadonlySet<EngineFault['kind']> = new Set(['constraint', 'value', 'damaged', 'other'])

type Times = { -readonly [Station in keyof StationTimes]: number }

interface Turn {
  /** As stored before the batch. */
  readonly state: StepState
  readonly ready: ReadyBatch
  /** Filled in by what is done with the batch. */
  readonly times: Times
  readonly resolverOf: () => TargetResolver
}

/** Writes what a worker made. undefined: there is nothing, or the engine refuses a row of it, which is then found the long way. */
async function writePacked(open: OpenRun, work: StepWork, turn: Turn): Promise<StepState | undefined> {
  const { packed } = turn.ready
  if (packed === undefined) return undefined
  Object.assign(turn.times, packed.times)
  const batch = { ...packed, rejects: countedFrom(turn.state.position.ordinal - turn.ready.firstOrdinal, packed.rejects) }
  try {
    return await commitBatch(open, (current) => contextOf(current, work), { batch, ...placeOf(work, turn, packed.items) })
  } catch (error) {
    const fault = faultOf(error)
    // A parent that was found ahead of the batch is gone: the row is judged by what is there now, as it would be without threads.
    if (fault?.rule === 'foreign_key') turn.resolverOf().forget()
    if (error instanceof LinksRefused || (fault !== undefined && ABOUT_THE_ROWS.has(fault.kind))) return undefined
    throw error
  }
}

async function writeRead(open: OpenRun, work: StepWork, turn: Turn): Promise<StepState> {
  const { state, ready, times } = turn
  const { compiled } = work
  const waitedAt = open.place.ambient.now()
  const read = await ready.read(state.position.ordinal)
  const readAt = open.place.ambient.now()
  times.read = readAt - (ready.packed === undefined ? ready.startedAt : waitedAt)
  // Parents are read over the run's connection, which may be lost between two batches as well as inside one.
  let transformFrom = readAt
  const batch = await throughTrouble(open, { step: state.number }, async () => {
    transformFrom = open.place.ambient.now()
    const items = compiled.step.kind === 'patch' ? await withoutRejected(open, read.items, compiled.mapping.name) : read.items
    return compiled.pipeline.transform(items, turn.resolverOf())
  })
  times.transform = open.place.ambient.now() - transformFrom
  const alongside = work.alongside?.(read)
  return commitBatch(open, (current) => contextOf(current, work), {
    batch,
    ...placeOf(work, turn, read.items.length),
    ...(alongside === undefined ? {} : { alongside }),
  })
}

function placeOf(work: StepWork, { state, ready, times, resolverOf }: Turn, items: number): Omit<BatchToWrite, 'batch' | 'alongside'> {
  const parentsSeenSince = resolverOf().knowsByHash() ? undefined : work.parentsSeenSince
  const { cursor, taken, item, ordinal } = state.position
  const position = { ...ready.after(ordinal + items), batchStart: { cursor, taken, item, ordinal } }
  const onTimes = (spent: Partial<Times>) => void Object.assign(times, spent)
  return { state, read: items, position, last: ready.last, onTimes, ...(parentsSeenSince === undefined ? {} : { parentsSeenSince }) }
}

/** The items that were not rejected. */
async function withoutRejected(open: OpenRun, items: Batch['items'], mapping: string): Promise<Batch['items']> {
  const [first, last] = [items[0], items.at(-1)]
  if (first === undefined || last === undefined) return items
  const rejected = await findRejectedOrdinals(open.session, open.run.id, { mapping, from: first.ordinal, to: last.ordinal })
  return rejected.size === 0 ? items : items.filter(({ ordinal }) => !rejected.has(ordinal))
}

/** One resolver for the step, since it remembers parents; another where a lost connection was replaced. */
export function keepResolver(open: OpenRun, { prepared, runIds }: Pick<StepWork, 'prepared' | 'runIds'>): () => TargetResolver {
  let kept: { readonly session: Session; readonly resolver: TargetResolver } | undefined
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

function reportBatch(
  open: OpenRun,
  state: StepState,
  { before, items, startedAt, times }: { before: StepState; items: number; startedAt: number; times: Times },
): void {
  open.place.report({
    type: 'batch:committed',
    step: state.number,
    batch: state.batches,
    items,
    rejects: state.counts.rejected - before.counts.rejected,
    ms: open.place.ambient.now() - startedAt,
    counts: state.counts,
    rssBytes: process.memoryUsage.rss(),
    stations: { ...times },
  })
}
