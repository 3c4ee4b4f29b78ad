import type { Row } from '../core/row.ts'
import { keysIn, pkText } from '../state/find-rows.ts'
import { readJournal } from '../state/journal.ts'
import { tiedSql } from './tie-sql.ts'
import type { TableUndo, Tie, UndoContext } from './undo-context.ts'

/** Rows of one table looked at in one go, where all of them have to be. */
const PAGE_ROWS = 5_000

/** Keeps every row of the run that a row which stays refers to: rows the app added, and kept rows, to a fixed point. Reads only. */
export async function findTied(context: UndoContext, check: () => void): Promise<void> {
  await keepForKeptRows(context)
  for (const tie of context.ties) {
    if (!context.tables.has(tie.name)) await keepForUnknownTable(context, tie, check)
  }
  for (const table of context.tables.values()) await keepForForeignRows(context, table, check)
}

/** What kept rows refer to stays too, and so on. */
export async function keepForKeptRows(context: UndoContext): Promise<void> {
  for (;;) {
    const fresh = context.keep.takeFresh()
    if (fresh.size === 0) return
    for (const [table, pks] of fresh) {
      for (const tie of context.ties) {
        if (tie.name === table) await keepParents(context, tie, pks)
      }
    }
  }
}

/** Keeps the run's rows that the rows `pks` of the tie's table refer to. */
async function keepParents(context: UndoContext, tie: Tie, pks: readonly Row[]): Promise<void> {
  const { session } = context
  const parent = context.tables.get(tie.parent)
  if (!parent) return
  for await (const { where, bindings } of keysIn(session, { table: tie.name, columns: tie.from.primaryKey }, pks)) {
    keepFound(context, tie, await readParents(context, { table: parent, where: tiedSql(session, tie, where), bindings }))
  }
}

/** A table that the run did not write: all of its rows stay. */
async function keepForUnknownTable(context: UndoContext, tie: Tie, check: () => void): Promise<void> {
  const { session } = context
  const parent = context.tables.get(tie.parent)
  const some = await session.rows(`SELECT 1 FROM ${session.dialect.quote(tie.name)} LIMIT 1`)
  if (!parent || some.length === 0) return
  const tied = tiedSql(session, tie)
  for (const undo of context.steps) {
    if (undo.step.kind === 'patch' || undo.table !== parent.table) continue
    for await (const entry of readJournal(session, context.runId, undo.step.number, { reverse: false })) {
      check()
      const keys = entry.rows.map(({ pk }) => pk)
      for await (const { where, bindings } of keysIn(session, { table: parent.name, columns: undo.step.primaryKey }, keys)) {
        keepFound(context, tie, await readParents(context, { table: parent, where: `${where} AND ${tied}`, bindings }))
      }
    }
  }
  await keepForKeptRows(context)
}

/** A table that the run wrote: rows of others among its own are found by a walk over it, unless the count says there are none. */
async function keepForForeignRows(context: UndoContext, table: TableUndo, check: () => void): Promise<void> {
  const { session } = context
  const ties = context.ties.filter((tie) => tie.name === table.name)
  if (ties.length === 0) return
  const name = session.dialect.quote(table.name)
  const [count] = await session.all<{ amount: number }>(`SELECT COUNT(*) AS amount FROM ${name}`)
  if (Number(count?.amount) === table.present) return
  for await (const pks of walkKeys(context, table)) {
    check()
    const foreign = pks.filter((pk) => !table.written.has(pkText(table.pkCodecs, pk)))
    for (const tie of ties) {
      const staying = foreign.filter((pk) => !isFreed(context, { table, tie, pk }))
      await keepParents(context, tie, staying)
    }
    await keepForKeptRows(context)
  }
}

/** A foreign row whose link the run itself made, and takes back. */
function isFreed(context: UndoContext, work: { table: TableUndo; tie: Tie; pk: Row }): boolean {
  const { table, tie } = work
  const text = pkText(table.pkCodecs, work.pk)
  if (context.keep.has(table.name, text)) return false
  const within = (columns: ReadonlySet<string>) => tie.foreignKey.columns.every((column) => columns.has(column))
  if (table.patched.has(text) && within(table.patchedColumns)) return true
  return table.restorable.has(text) && within(table.restoredColumns)
}

/** All primary keys of a table, in pages. */
async function* walkKeys(context: UndoContext, { table, pkCodecs }: TableUndo): AsyncGenerator<readonly Row[]> {
  const { session } = context
  const columns = table.primaryKey.map((name) => session.dialect.quote(name))
  const select = `SELECT ${pkCodecs.map((codec) => codec.select).join(', ')} FROM ${session.dialect.quote(table.name)}`
  const order = `ORDER BY ${columns.join(', ')} LIMIT ${PAGE_ROWS}`
  const tuple = columns.length === 1 ? `${columns[0]} > ?` : `(${columns.join(', ')}) > (${columns.map(() => '?').join(', ')})`
  let last: Row | undefined
  for (;;) {
    const page: readonly Row[] = await session.rows(last ? `${select} WHERE ${tuple} ${order}` : `${select} ${order}`, last ?? [])
    if (page.length === 0) return
    last = page.at(-1)
    yield page
  }
}

function readParents(context: UndoContext, question: { table: TableUndo; where: string; bindings: Row }): Promise<Row[]> {
  const { table, where, bindings } = question
  const select = table.pkCodecs.map((codec) => codec.select).join(', ')
  return context.session.rows(`SELECT ${select} FROM ${context.session.dialect.quote(table.name)} WHERE ${where}`, bindings)
}

function keepFound(context: UndoContext, tie: Tie, pks: readonly Row[]): void {
  const name = tie.parent
  const table = context.tables.get(name)
  for (const pk of pks) {
    const text = pkText(table?.pkCodecs ?? [], pk)
    if (table?.written.has(text)) context.keep.add({ table: name, text, pk, why: 'referenced', by: tie.name })
  }
}
