import { findRows, pkText } from '../state/find-rows.ts'
import type { JournalUpdate } from '../state/journal.ts'
import { updateStaged } from '../target/stage-rows.ts'
import { type StepUndo, type UndoContext, withoutLinks } from './undo-context.ts'

/** Puts before-images back where the row is still as the run left it, last update first, inside the caller's transaction. */
export async function undoUpdates(
  context: UndoContext,
  undo: StepUndo,
  updates: readonly JournalUpdate[],
): Promise<{ readonly restored: number; readonly gone: number; readonly left: readonly JournalUpdate[] }> {
  const left: JournalUpdate[] = []
  let restored = 0
  let gone = 0
  for (const part of lastFirst(undo, updates)) {
    const now = await findRows(
      context.session,
      { ...undo.query, lock: true },
      part.map(({ pk }) => pk),
    )
    const asLeft: JournalUpdate[] = []
    for (const update of part) {
      const key = pkText(undo.pkCodecs, update.pk)
      const row = now.get(key)
      if (row === undefined) gone += 1
      else if (context.keep.has(undo.step.table, key) || undo.hashRow(withoutLinks(undo, row)) !== update.hash) left.unshift(update)
      else asLeft.push(update)
    }
    await putBack(context, undo, asLeft)
    restored += asLeft.length
  }
  return { restored, gone, left }
}

/** The updates from the last to the first, in parts of different rows: one that was updated twice goes back through both images. */
function lastFirst(undo: StepUndo, updates: readonly JournalUpdate[]): readonly (readonly JournalUpdate[])[] {
  const parts: JournalUpdate[][] = [[]]
  const seen = new Set<string>()
  for (const update of [...updates].reverse()) {
    const key = pkText(undo.pkCodecs, update.pk)
    if (seen.has(key)) {
      parts.push([])
      seen.clear()
    }
    seen.add(key)
    parts.at(-1)?.push(update)
  }
  return parts
}

/** By one statement where there is a staging table. Where a rule refuses that (two rows that had each other's value), one after the other, as they were updated. */
async function putBack({ session }: UndoContext, { step }: StepUndo, updates: readonly JournalUpdate[]): Promise<void> {
  const quote = (name: string) => session.dialect.quote(name)
  const { primaryKey, columns, table } = step
  // A patch step has columns of its own, which no image holds.
  const set = columns.slice(0, updates[0]?.before.length ?? 0).filter((column) => !primaryKey.includes(column))
  const places = set.map((column) => columns.indexOf(column))
  if (set.length === 0) return
  const rows = updates.map(({ before, pk }) => [...places.map((place) => before[place] ?? null), ...pk])
  const stage = { table, columns: [...set, ...primaryKey], rows }
  if ((await updateStaged(session, { ...stage, set, on: primaryKey, whereNull: false })) === 'done') return
  const assignments = set.map((column) => `${quote(column)} = ?`).join(', ')
  const sql = `UPDATE ${quote(table)} SET ${assignments} WHERE ${primaryKey.map((column) => `${quote(column)} = ?`).join(' AND ')}`
  // No count is asked: MySQL tells 0 where the image equals what is there.
  for (const row of rows) await session.run(sql, row)
}
