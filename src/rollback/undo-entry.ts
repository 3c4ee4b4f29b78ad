import { appendJournal, type JournalEntry, removeJournalEntry } from '../state/journal.ts'
import { holdLease, type Lease } from '../state/lease.ts'
import type { StepUndo, UndoContext } from './undo-context.ts'
import { undoPatch } from './undo-patch.ts'
import { undoRows } from './undo-rows.ts'
import { undoUpdates } from './undo-updates.ts'

/** What one entry came to. */
export interface UndoneEntry {
  readonly deleted: number
  readonly restored: number
  readonly gone: number
}

/**
 * Takes back what one batch wrote, in one transaction with its journal entry; what stays of it stays in the journal.
 * Everything is asked again under lock, so what changed since the keep set was computed is kept too.
 * @throws FERRY_RUN_FENCED
 */
export async function undoEntry(
  context: UndoContext,
  undo: StepUndo,
  work: { entry: JournalEntry; lease: Lease; leaseTtlMs: number },
): Promise<UndoneEntry> {
  const { session } = context
  const { entry } = work
  await session.begin()
  try {
    const undone = undo.step.kind === 'patch' ? await takePatch(context, undo, entry) : await takeLoad(context, undo, entry)
    await removeJournalEntry(session, entry.runId, entry.step, entry.batch)
    if (undone.left.rows.length + undone.left.updates.length > 0) await appendJournal(session, { ...entry, ...undone.left })
    await holdLease(session, work.lease, work.leaseTtlMs)
    await session.commit()
    return undone
  } catch (error) {
    await session.rollback()
    throw error
  }
}

type Taken = UndoneEntry & { readonly left: Pick<JournalEntry, 'rows' | 'updates'> }

async function takePatch(context: UndoContext, undo: StepUndo, entry: JournalEntry): Promise<Taken> {
  const left = await undoPatch(context, undo, entry.rows)
  return { deleted: 0, restored: 0, gone: 0, left: { rows: left, updates: [] } }
}

async function takeLoad(context: UndoContext, undo: StepUndo, entry: JournalEntry): Promise<Taken> {
  const updates = await undoUpdates(context, undo, entry.updates)
  const rows = await undoRows(context, undo, entry.rows)
  return {
    deleted: rows.deleted,
    restored: updates.restored,
    gone: updates.gone + rows.gone,
    left: { rows: rows.left, updates: updates.left },
  }
}
