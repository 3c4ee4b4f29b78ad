import { findRows, pkText } from '../state/find-rows.ts'
import type { JournalEntry, JournalRow } from '../state/journal.ts'
import { readJournal } from '../state/journal.ts'
import { type StepUndo, type UndoContext, withoutLinks } from './undo-context.ts'

/** What the rows of the journal look like now, by table. */
export interface Census {
  /** Inserted rows that are still there. */
  readonly present: Record<string, number>
  /** Rows of the journal that are not there any more. */
  readonly gone: Record<string, number>
  /** Upserted rows whose before-image can be put back. */
  readonly restorable: Record<string, number>
}

/**
 * Compares every row of the journal with the table, last entries first, and fills the context's sets: what the run wrote, what is edited,
 * what is still patched or upserted as written. Reads only; memory is some bytes a row.
 */
export async function findEdited(context: UndoContext, check: () => void): Promise<Census> {
  const census: Census = { present: {}, gone: {}, restorable: {} }
  for (const undo of [...context.steps].reverse()) {
    for await (const entry of readJournal(context.session, context.runId, undo.step.number, { reverse: true })) {
      check()
      if (undo.step.kind === 'patch') await judgePatch(context, undo, entry)
      else {
        await judgeUpdates(context, undo, { entry, census })
        await judgeRows(context, undo, { entry, census })
      }
    }
  }
  return census
}

async function judgePatch(context: UndoContext, undo: StepUndo, entry: JournalEntry): Promise<void> {
  const table = context.tables.get(undo.step.table)
  const now = await readNow(context, undo, entry.rows)
  for (const { pk, hash } of entry.rows) {
    const text = pkText(undo.pkCodecs, pk)
    const row = now.get(text)
    if (row === undefined) continue
    if (undo.hashRow(row) === hash) table?.patched.add(text)
    // With force, a row of the run with another link is found again by its load step.
    else if (!context.force) context.keep.add({ table: undo.step.table, text, pk, why: 'edited' })
  }
}

async function judgeUpdates(context: UndoContext, undo: StepUndo, work: { entry: JournalEntry; census: Census }): Promise<void> {
  const { updates } = work.entry
  if (updates.length === 0) return
  const name = undo.step.table
  const table = context.tables.get(name)
  const now = await readNow(context, undo, updates)
  for (const { pk, hash } of [...updates].reverse()) {
    const text = pkText(undo.pkCodecs, pk)
    if (table?.superseded.has(text)) continue
    table?.superseded.add(text)
    const row = now.get(text)
    if (row === undefined) count(work.census.gone, name)
    else if (undo.hashRow(withoutLinks(undo, row)) === hash) {
      table?.restorable.add(text)
      count(work.census.restorable, name)
    }
    // An edit of a row that is not the run's own is never undone, whatever is forced.
    else context.keep.add({ table: name, text, pk, why: 'edited' })
  }
}

async function judgeRows(context: UndoContext, undo: StepUndo, work: { entry: JournalEntry; census: Census }): Promise<void> {
  const name = undo.step.table
  const table = context.tables.get(name)
  const now = await readNow(context, undo, work.entry.rows)
  for (const { pk, hash } of work.entry.rows) {
    const text = pkText(undo.pkCodecs, pk)
    table?.written.add(text)
    const row = now.get(text)
    if (row === undefined) {
      count(work.census.gone, name)
      continue
    }
    count(work.census.present, name)
    if (table) table.present += 1
    if (table?.superseded.has(text)) continue
    const asLoaded = table?.patched.has(text) ? withoutLinks(undo, row) : row
    if (undo.hashRow(asLoaded) !== hash) (context.force ? context.forced : context.keep).add({ table: name, text, pk, why: 'edited' })
  }
}

function readNow(context: UndoContext, undo: StepUndo, rows: readonly JournalRow[]) {
  return findRows(
    context.session,
    undo.query,
    rows.map(({ pk }) => pk),
  )
}

function count(counts: Record<string, number>, table: string): void {
  counts[table] = (counts[table] ?? 0) + 1
}
