import type { Row } from '../core/row.ts'
import { findRows, keysIn, pkText } from '../state/find-rows.ts'
import type { JournalRow } from '../state/journal.ts'
import { assertChanged } from './assert-changed.ts'
import { keepForKeptRows } from './find-tied.ts'
import { tiedSql } from './tie-sql.ts'
import type { StepUndo, Tie, UndoContext } from './undo-context.ts'

/** Rows still to be deleted, by key text. */
type Candidates = Map<string, JournalRow>

function pksOf(candidates: Candidates): readonly Row[] {
  return [...candidates.values()].map(({ pk }) => pk)
}

/** Deletes the rows of one batch that are still as written and that nothing which stays refers to, inside the caller's transaction. */
export async function undoRows(
  context: UndoContext,
  undo: StepUndo,
  rows: readonly JournalRow[],
): Promise<{ readonly deleted: number; readonly gone: number; readonly left: readonly JournalRow[] }> {
  const { candidates, gone } = await lockCandidates(context, undo, rows)
  const own = tiesFrom(context, undo, true)
  for (const tie of tiesFrom(context, undo, false)) await keepTied(context, undo, { tie, candidates })
  await keepForKeptRows(context)
  const order = own.length === 0 ? [[...candidates.values()]] : await orderByLinks(context, undo, { ties: own, candidates })
  let deleted = 0
  for (const group of order) deleted += await deleteRows(context, undo, group)
  const left = rows.filter(({ pk }) => context.keep.has(undo.step.table, pkText(undo.pkCodecs, pk)) && !gone.has(pkText(undo.pkCodecs, pk)))
  return { deleted, gone: gone.size, left }
}

async function lockCandidates(
  context: UndoContext,
  undo: StepUndo,
  rows: readonly JournalRow[],
): Promise<{ candidates: Candidates; gone: ReadonlySet<string> }> {
  const table = undo.step.table
  const candidates: Candidates = new Map()
  const gone = new Set<string>()
  const now = await findRows(
    context.session,
    { ...undo.query, lock: true },
    rows.map(({ pk }) => pk),
  )
  for (const row of rows) {
    const key = pkText(undo.pkCodecs, row.pk)
    const found = now.get(key)
    if (found === undefined) gone.add(key)
    else if (context.keep.has(table, key)) continue
    else if (context.force || undo.hashRow(found) === row.hash) candidates.set(key, row)
    // Edited since the keep set was computed.
    else context.keep.add({ table, text: key, pk: row.pk, why: 'edited' })
  }
  return { candidates, gone }
}

/**
 * Foreign keys that may still tie a row: those of the table to itself (`own`), or those of others. Where a NOT NULL cycle was loaded with
 * checks off, rows of the cycle's tables refer to one another until the last is deleted; those were judged by the keep set.
 */
function tiesFrom(context: UndoContext, undo: StepUndo, own: boolean): readonly Tie[] {
  return context.ties.filter((tie) => {
    if (tie.parent !== undo.step.table) return false
    if (context.unchecked.has(tie.name) && context.unchecked.has(undo.step.table)) return false
    return own === (tie.name === undo.step.table)
  })
}

/** Every row that referred to a candidate and was the run's own is deleted by now: what refers to one still stays, and so does it. */
async function keepTied(context: UndoContext, undo: StepUndo, work: { tie: Tie; candidates: Candidates }): Promise<void> {
  const { session } = context
  const { tie, candidates } = work
  const { primaryKey, table } = undo.step
  const select = undo.pkCodecs.map((codec) => codec.select).join(', ')
  for await (const { where, bindings } of keysIn(session, { table, columns: primaryKey }, pksOf(candidates))) {
    const tied = await session.rows(
      `SELECT ${select} FROM ${session.dialect.quote(table)} WHERE ${where} AND ${tiedSql(session, tie)}`,
      bindings,
    )
    for (const pk of tied) keepOne(context, undo, { candidates, pk, by: tie.name })
  }
}

function keepOne(context: UndoContext, undo: StepUndo, work: { candidates: Candidates; pk: Row; by: string }): void {
  const key = pkText(undo.pkCodecs, work.pk)
  work.candidates.delete(key)
  context.keep.add({ table: undo.step.table, text: key, pk: work.pk, why: 'referenced', by: work.by })
}

/**
 * Rows of a table that refers to itself, in groups to be deleted one after the other: nobody in a group is referred to by a later one.
 * Candidates that a row outside of the batch refers to are kept, with all that they refer to.
 */
async function orderByLinks(
  context: UndoContext,
  undo: StepUndo,
  work: { ties: readonly Tie[]; candidates: Candidates },
): Promise<readonly (readonly JournalRow[])[]> {
  const { candidates } = work
  const links = await readLinks(context, undo, work)
  for (let changed = true; changed; ) {
    changed = false
    for (const { child, parent, pk } of links) {
      if (candidates.has(child) || !candidates.has(parent) || child === parent) continue
      keepOne(context, undo, { candidates, pk, by: undo.step.table })
      changed = true
    }
  }
  await keepForKeptRows(context)
  const groups: JournalRow[][] = []
  const rest = new Map([...candidates].filter(([key]) => !context.keep.has(undo.step.table, key)))
  while (rest.size > 0) {
    const held = new Set(links.filter(({ child, parent }) => child !== parent && rest.has(child)).map(({ parent }) => parent))
    const free = [...rest].filter(([key]) => !held.has(key))
    // Rows that refer to one another in a ring can only go together.
    const group = free.length > 0 ? free : [...rest]
    groups.push(group.map(([, row]) => row))
    for (const [key] of group) rest.delete(key)
  }
  return groups
}

interface Link {
  readonly child: string
  readonly parent: string
  /** The parent's. */
  readonly pk: Row
}

/** Who refers to the candidates, in the same table. */
async function readLinks(
  context: UndoContext,
  undo: StepUndo,
  work: { ties: readonly Tie[]; candidates: Candidates },
): Promise<readonly Link[]> {
  const { session } = context
  const { primaryKey, table } = undo.step
  const links: Link[] = []
  const width = primaryKey.length
  for (const tie of work.ties) {
    for await (const { where, bindings } of keysIn(session, { table, columns: primaryKey }, pksOf(work.candidates))) {
      const found = await session.rows(linksSql(context, undo, { tie, where, table }), bindings)
      for (const row of found) {
        const pk = row.slice(width)
        links.push({ child: pkText(undo.pkCodecs, row.slice(0, width)), parent: pkText(undo.pkCodecs, pk), pk })
      }
    }
  }
  return links
}

function linksSql(context: UndoContext, undo: StepUndo, work: { tie: Tie; where: string; table: string }): string {
  const { dialect } = context.session
  const { tie } = work
  const table = dialect.quote(work.table)
  const keys = undo.pkCodecs.map((codec) => codec.select)
  const named = (prefix: string, columns: readonly string[]) => columns.map((column, at) => `${column} AS ${prefix}${at}`)
  const children = [
    ...named('ck', keys),
    ...named(
      'cl',
      tie.foreignKey.columns.map((name) => dialect.quote(name)),
    ),
  ].join(', ')
  const parents = [
    ...named('pk', keys),
    ...named(
      'pl',
      tie.referenced.map((name) => dialect.quote(name)),
    ),
  ].join(', ')
  const on = tie.referenced.map((_, at) => `c.cl${at} = p.pl${at}`).join(' AND ')
  const select = [...keys.map((_, at) => `c.ck${at}`), ...keys.map((_, at) => `p.pk${at}`)].join(', ')
  return `SELECT ${select} FROM (SELECT ${parents} FROM ${table} WHERE ${work.where}) p JOIN (SELECT ${children} FROM ${table}) c ON ${on}`
}

async function deleteRows(context: UndoContext, undo: StepUndo, rows: readonly JournalRow[]): Promise<number> {
  const { session } = context
  const { primaryKey, table } = undo.step
  const going = rows.filter(({ pk }) => !context.keep.has(table, pkText(undo.pkCodecs, pk)))
  const pks = going.map(({ pk }) => pk)
  for await (const { where, bindings, count } of keysIn(session, { table, columns: primaryKey }, pks)) {
    const changed = await session.run(`DELETE FROM ${session.dialect.quote(table)} WHERE ${where}`, bindings)
    assertChanged(table, { wanted: count, changed })
  }
  return going.length
}
