import type { Row } from '../core/row.ts'
import { findRows, keysIn, pkText } from '../state/find-rows.ts'
import type { JournalUpdate } from '../state/journal.ts'
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
  // One by one: a row updated twice in the batch must go back through both images.
  for (const update of [...updates].reverse()) {
    const key = pkText(undo.pkCodecs, update.pk)
    const now = (await findRows(context.session, { ...undo.query, lock: true }, [update.pk])).get(key)
    if (now === undefined) gone += 1
    else if (context.keep.has(undo.step.table, key) || undo.hashRow(withoutLinks(undo, now)) !== update.hash) left.unshift(update)
    else {
      await putBack(context, undo, update)
      restored += 1
    }
  }
  return { restored, gone, left }
}

async function putBack(context: UndoContext, undo: StepUndo, update: JournalUpdate): Promise<void> {
  const { session } = context
  const quote = (name: string) => session.dialect.quote(name)
  const { primaryKey, columns, table } = undo.step
  const places = update.before.flatMap((_, place) => (primaryKey.includes(columns[place] ?? '') ? [] : [place]))
  if (places.length === 0) return
  const set = places.map((place) => `${quote(columns[place] ?? '')} = ?`).join(', ')
  const values: Row = [...places.map((place) => update.before[place] ?? null), ...update.pk]
  // No count is asked: MySQL tells 0 where the image equals what is there.
  await session.run(`UPDATE ${quote(table)} SET ${set} WHERE ${keysIn(session, primaryKey, 1)}`, values)
}
