import { findRows, keysIn, pkText } from '../state/find-rows.ts'
import type { JournalRow } from '../state/journal.ts'
import type { StepUndo, UndoContext } from './undo-context.ts'

/**
 * Sets links that are still as written back to NULL, inside the caller's transaction. Resolves with the rows that stay as they are:
 * kept ones, and those with another link since.
 */
export async function undoPatch(context: UndoContext, undo: StepUndo, rows: readonly JournalRow[]): Promise<readonly JournalRow[]> {
  const { session } = context
  const table = context.tables.get(undo.step.table)
  const now = await findRows(
    session,
    { ...undo.query, lock: true },
    rows.map(({ pk }) => pk),
  )
  const left: JournalRow[] = []
  const freed: JournalRow[] = []
  for (const row of rows) {
    const key = pkText(undo.pkCodecs, row.pk)
    const found = now.get(key)
    if (found === undefined) continue
    const asWritten = undo.hashRow(found) === row.hash
    const goes = asWritten || (context.force && table?.written.has(key) === true)
    if (context.keep.has(undo.step.table, key) || !goes) left.push(row)
    else freed.push(row)
  }
  const quote = (name: string) => session.dialect.quote(name)
  const { primaryKey, columns } = undo.step
  const set = columns.slice(primaryKey.length).map((column) => `${quote(column)} = NULL`)
  const pks = freed.map(({ pk }) => pk)
  for await (const { where, bindings } of keysIn(session, { table: undo.step.table, columns: primaryKey }, pks)) {
    await session.run(`UPDATE ${quote(undo.step.table)} SET ${set.join(', ')} WHERE ${where}`, bindings)
  }
  return left
}
