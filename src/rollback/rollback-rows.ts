import { FerryError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import { resumeForeignKeys, suspendForeignKeys } from '../state/foreign-key-checks.ts'
import { removeIds } from '../state/id-map.ts'
import { readJournal } from '../state/journal.ts'
import { holdLease, type Lease } from '../state/lease.ts'
import type { Run } from '../state/runs.ts'
import type { StepState } from '../state/steps.ts'
import type { Session, TableInfo, Target } from '../target/target.ts'
import { type Census, findEdited } from './find-edited.ts'
import { findTied } from './find-tied.ts'
import type { KeptRow } from './kept-row.ts'
import { openUndo, type UndoContext } from './undo-context.ts'
import { undoEntry } from './undo-entry.ts'

export type { KeptRow }

export interface RollbackRowsResult {
  readonly deleted: Readonly<Record<string, number>>
  /** upserted rows whose before-image was put back. */
  readonly restored: Readonly<Record<string, number>>
  readonly keptCount: Readonly<Record<string, number>>
  /** At most 100 of them. */
  readonly kept: readonly KeptRow[]
  /** Rows of the journal that were already gone. */
  readonly gone: Readonly<Record<string, number>>
  /** With `force`: edited rows that are deleted all the same, at most 100 of them. */
  readonly forced?: readonly KeptRow[]
}

export interface RollbackRowsOptions {
  readonly target: Target
  readonly session: Session
  readonly run: Run
  readonly steps: readonly StepState[]
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly lease: Lease
  readonly leaseTtlMs: number
  readonly dryRun: boolean
  /** Deletes edited rows too (listed); rows that a foreign row references stay whatever is forced. */
  readonly force: boolean
  readonly report: Report
  readonly signal?: AbortSignal
}

const MOST_LISTED = 100

/**
 * Takes out exactly what the journal says this run wrote and is still as written, batch by batch in reverse. First, reading only, it finds
 * what stays: rows edited since, and rows that a row which stays refers to. Then links go back to NULL, before-images back in place and rows
 * out, each batch in one transaction with its journal entry. Killed anywhere, it goes on when called again.
 * `dryRun` stops after the first part. A batch that meets a change made meanwhile keeps what is concerned.
 * @throws FERRY_RUN_INTERRUPTED after the current batch when aborted; FERRY_RUN_FENCED; FERRY_STATE_CORRUPT
 */
export async function rollbackRows(options: RollbackRowsOptions): Promise<RollbackRowsResult> {
  const { session, run, steps, tables, force } = options
  const context = await openUndo({ session, runId: run.id, steps, tables, force, unchecked: run.facts.enforcementOff ?? [] })
  const check = () => assertGoesOn(options)
  const census = await findEdited(context, check)
  await findTied(context, check)
  if (options.dryRun) return foretell(context, census)
  await refreshStatistics(context)
  const counts = { deleted: {}, restored: {}, gone: {} }
  if (context.unchecked.size === 0) await undoSteps(context, options, counts)
  else await withoutChecks(options, context, () => undoSteps(context, options, counts))
  await forgetIds(options)
  return { ...counts, ...describeKept(context) }
}

/** Who refers to the rows of a batch within their table is found by an index or, where the server knows nothing of the table yet, by reading all of it each time. */
async function refreshStatistics({ session, tables, ties }: UndoContext): Promise<void> {
  for (const name of tables.keys()) {
    if (ties.some((tie) => tie.name === name && tie.parent === name)) await session.dialect.refreshStatistics?.(session, name)
  }
}

type Counts = Record<'deleted' | 'restored' | 'gone', Record<string, number>>

async function undoSteps(context: UndoContext, options: RollbackRowsOptions, counts: Counts): Promise<void> {
  // Steps stand in the order they ran, patches after the loads, so their reverse takes links away before rows.
  for (const undo of [...context.steps].reverse()) {
    const { number, table } = undo.step
    for await (const entry of readJournal(context.session, context.runId, number, { reverse: true })) {
      assertGoesOn(options)
      const undone = await undoEntry(context, undo, { entry, lease: options.lease, leaseTtlMs: options.leaseTtlMs })
      add(counts.deleted, table, undone.deleted)
      add(counts.restored, table, undone.restored)
      add(counts.gone, table, undone.gone)
    }
    options.report({ type: 'notice', text: `rollback: step ${number} (${undo.step.kind} ${undo.step.mapping}) is taken back` })
  }
}

/** A NOT NULL cycle was loaded with foreign key checks off and can be taken out only so; the keep set has seen to what refers to it. */
async function withoutChecks(
  { session, run, tables }: RollbackRowsOptions,
  context: UndoContext,
  work: () => Promise<void>,
): Promise<void> {
  await suspendForeignKeys(
    session,
    run.id,
    [...tables.values()].filter(({ name }) => context.unchecked.has(name)),
  )
  try {
    await work()
  } finally {
    await resumeForeignKeys(session, run.id)
  }
}

async function forgetIds(options: RollbackRowsOptions): Promise<void> {
  const { session, run, lease } = options
  await session.begin()
  try {
    for (const mapping of new Set(options.steps.map((step) => step.mapping))) await removeIds(session, run.id, mapping)
    await holdLease(session, lease, options.leaseTtlMs)
    await session.commit()
  } catch (error) {
    await session.rollback()
    throw error
  }
}

function foretell(context: UndoContext, census: Census): RollbackRowsResult {
  const deleted: Record<string, number> = {}
  for (const [name, table] of context.tables) {
    const kept = [...context.keep.keys(name)].filter((key) => table.written.has(key)).length
    add(deleted, name, (census.present[name] ?? 0) - kept)
  }
  return { deleted, restored: census.restorable, gone: census.gone, ...describeKept(context) }
}

function describeKept(context: UndoContext) {
  return {
    keptCount: context.keep.counts(),
    kept: context.keep.list(MOST_LISTED),
    ...(context.force && { forced: context.forced.list(MOST_LISTED) }),
  }
}

function add(counts: Record<string, number>, table: string, amount: number): void {
  if (amount > 0) counts[table] = (counts[table] ?? 0) + amount
}

function assertGoesOn({ run, signal }: RollbackRowsOptions): void {
  if (!signal?.aborted) return
  throw new FerryError('FERRY_RUN_INTERRUPTED', `the rollback of run ${run.id} was stopped between two batches`, {
    hint: 'Run `ferry rollback` again: it goes on where it stopped.',
    cause: signal.reason,
  })
}
