import { FerryError } from '../core/errors.ts'
import { addCounts, NO_COUNTS, type Position, type StepCounts } from '../core/position.ts'
import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import type { StationTimes } from '../core/station-times.ts'
import { insertIds } from '../state/id-map.ts'
import { insertJournal, type JournalBytes, type JournalDraft } from '../state/journal.ts'
import { holdLease } from '../state/lease.ts'
import { packJournal } from '../state/pack-journal.ts'
import { insertRejects } from '../state/rejects.ts'
import { type StepState, saveCheckpoint } from '../state/steps.ts'
import type { ContentMark } from '../target/target.ts'
import type { LinkBatch, PackedBatch } from '../transform/packed-batch.ts'
import type { TransformedBatch } from '../transform/pipeline.ts'
import { rejectDangling } from './dangling-rows.ts'
import { insertIsolated } from './insert-isolated.ts'
import type { LoadContext, WrittenRows } from './load-context.ts'
import { writeLinkRows, writeLinks } from './write-links.ts'
import { writeMatching } from './write-matching.ts'

export interface BatchToWrite {
  /** The step as stored before this batch. */
  readonly state: StepState
  readonly batch: TransformedBatch | PackedBatch | LinkBatch
  /** Items the batch was made of. */
  readonly read: number
  /** After the batch. */
  readonly position: Position
  /** The step has no further items: its status becomes done in the same commit. */
  readonly last: boolean
  /** All parents of its rows were seen after this. */
  readonly parentsSeenSince?: ContentMark
  /** Told how long statements and COMMIT took, in ms, once the batch is committed. */
  readonly onTimes?: (times: Pick<StationTimes, 'write' | 'commit'>) => void
  /** More to be written in the same transaction (retry marks what landed). */
  readonly alongside?: (written: readonly Reject[]) => Promise<void>
}

/**
 * Writes one batch: rows, rejects, ids, journal, counters and position in ONE transaction whose last statement checks the lease.
 * Resolves with the step as it is stored now.
 * @throws FERRY_LOAD_BUDGET, FERRY_LOAD_COMMIT, FERRY_RUN_FENCED, or the engine's error; nothing of the batch is written then
 */
export async function writeBatch(context: LoadContext, work: BatchToWrite): Promise<StepState> {
  const { session } = context
  const startedAt = performance.now()
  await session.begin(work.parentsSeenSince === undefined ? {} : { unchangedSince: work.parentsSeenSince })
  try {
    const next = await writeInTransaction(context, work)
    await holdLease(session, context.lease, context.leaseTtlMs)
    const writtenAt = performance.now()
    await session.commit()
    work.onTimes?.({ write: writtenAt - startedAt, commit: performance.now() - writtenAt })
    return next
  } catch (error) {
    await session.rollback()
    throw error
  }
}

async function writeInTransaction(context: LoadContext, work: BatchToWrite): Promise<StepState> {
  const { session, runId } = context
  const { state, batch } = work
  const outcome = await writeOutcome(context, work)
  const rejects = [...batch.rejects, ...outcome.rejects].sort((a, b) => a.ordinal - b.ordinal)
  const counts = addCounts(state.counts, outcome.counts)
  assertBudget(context, counts.budgeted - state.counts.budgeted)
  await insertRejects(session, runId, state.number, rejects)
  if (outcome.ids.length > 0) await insertIds(session, runId, state.mapping, outcome.ids)
  const batches = state.batches + 1
  await insertJournal(session, { runId, step: state.number, batch: batches, ...outcome.journal })
  await work.alongside?.(rejects)
  const next = { ...state, status: work.last ? 'done' : 'running', position: work.position, counts, batches } as const
  await saveCheckpoint(session, next)
  return next
}

interface Outcome {
  readonly rejects: readonly Reject[]
  readonly counts: StepCounts
  readonly ids: readonly { key: TransformedBatch['rows'][number]['key']; pk: Row }[]
  readonly journal: JournalBytes
}

async function writeOutcome(context: LoadContext, { state, batch, read }: BatchToWrite): Promise<Outcome> {
  if ('journal' in batch) return copy(context, { batch, read })
  if ('links' in batch) return patchFrom(context, { batch, read }, { linked: await writeLinkRows(context, batch.links), rejects: [] })
  return state.kind === 'patch' ? patch(context, { batch, read }) : load(context, { batch, read })
}

/** Rows that a worker has packed. Whatever the engine refuses ends the transaction: the batch is then written row by row. */
async function copy(context: LoadContext, { batch, read }: { batch: PackedBatch; read: number }): Promise<Outcome> {
  const { session, pipeline } = context
  const { rows, journal, rejects, filtered, nulled } = batch
  if (session.insertPacked === undefined) throw new TypeError(`${session.dialect.engine} takes no packed rows`)
  await session.insertPacked(pipeline.table.name, pipeline.step.columns, rows)
  const counts: StepCounts = {
    ...NO_COUNTS,
    read,
    inserted: rows.count,
    rejected: rejects.length,
    filtered,
    budgeted: rejects.filter((reject) => reject.budgeted).length,
    nulled: sum(nulled),
  }
  return { rejects: [], counts, ids: [], journal: { rowCount: rows.count, updateCount: 0, packed: journal } }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

interface Transformed {
  readonly batch: TransformedBatch
  readonly read: number
}

async function load(context: LoadContext, { batch, read }: Transformed): Promise<Outcome> {
  const { sound, dangling } = await rejectDangling(context, batch.rows)
  const written = await writeRows(context, sound)
  const rejects = [...dangling, ...written.rejects]
  const rejected = batch.rejects.length + rejects.length
  const counts: StepCounts = {
    ...NO_COUNTS,
    read,
    inserted: written.inserted.length,
    updated: written.updated.length,
    skipped: written.skipped.length,
    rejected,
    filtered: batch.filtered,
    budgeted: [...batch.rejects, ...rejects].filter((reject) => reject.budgeted).length,
    nulled: sum(batch.nulled),
  }
  return { rejects, counts, ids: idsOf(context, written), journal: packed(journalOf(context, written)) }
}

async function writeRows(context: LoadContext, rows: TransformedBatch['rows']): Promise<WrittenRows> {
  if (context.mapping.conflict !== 'insert') return writeMatching(context, rows)
  return { ...(await insertIsolated(context, rows)), updated: [], skipped: [] }
}

async function patch(context: LoadContext, { batch, read }: Transformed): Promise<Outcome> {
  const { linked, rejects } = await writeLinks(context, batch.rows)
  return patchFrom(context, { batch, read }, { linked: linked.map(({ row }) => row), rejects })
}

function patchFrom(
  context: LoadContext,
  { batch, read }: { readonly batch: Pick<TransformedBatch, 'rejects' | 'nulled'>; readonly read: number },
  { linked, rejects }: { readonly linked: readonly Row[]; readonly rejects: readonly Reject[] },
): Outcome {
  const pkLength = context.pipeline.table.primaryKey.length
  const all = [...batch.rejects, ...rejects]
  const counts: StepCounts = {
    ...NO_COUNTS,
    read,
    linked: linked.length,
    budgeted: all.filter((reject) => reject.budgeted).length,
    nulled: sum(batch.nulled),
  }
  const rows = linked.map((row) => ({ pk: row.slice(0, pkLength), hash: context.hashRow(row), values: row.slice(pkLength) }))
  return { rejects, counts, ids: [], journal: packed({ rows, updates: [] }) }
}

function pkOf(context: LoadContext, row: Row): Row {
  return context.pkPlaces.map((place) => row[place] ?? null)
}

function idsOf(context: LoadContext, written: WrittenRows): Outcome['ids'] {
  if (!context.idMapped) return []
  return [
    ...written.inserted.map((row) => ({ key: row.key, pk: pkOf(context, row.row) })),
    ...written.updated.map(({ row }) => ({ key: row.key, pk: pkOf(context, row.row) })),
    ...written.skipped.map(({ row, pk }) => ({ key: row.key, pk })),
  ]
}

function packed(draft: Pick<JournalDraft, 'rows' | 'updates'>): JournalBytes {
  const rowCount = 'hashes' in draft.rows ? draft.rows.hashes.length : draft.rows.length
  return { rowCount, updateCount: draft.updates.length, packed: packJournal(draft) }
}

function journalOf(context: LoadContext, written: WrittenRows): Pick<JournalDraft, 'rows' | 'updates'> {
  const { inserted } = written
  const hashes = new BigUint64Array(inserted.length)
  for (let at = 0; at < inserted.length; at += 1) hashes[at] = context.hashRow(inserted[at]?.row ?? [])
  return {
    rows: { hashes, pks: context.pkPlaces.map((place) => inserted.map(({ row }) => row[place] ?? null)) },
    updates: written.updated.map(({ row, before }) => ({ pk: pkOf(context, row.row), hash: context.hashRow(row.row), before })),
  }
}

function assertBudget(context: LoadContext, added: number): void {
  if (added <= context.allowedRejects) return
  throw new FerryError(
    'FERRY_LOAD_BUDGET',
    `${context.mapping.name}: ${added} more rejects than before, ${context.allowedRejects} were still allowed; the batch was not written`,
    { hint: 'See the causes with `ferry plan`; mend the mapping, or allow them: `ferry resume --max-rejects <count>`.' },
  )
}
