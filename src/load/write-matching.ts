import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import { attemptEach } from '../target/attempt.ts'
import { updateStaged } from '../target/stage-rows.ts'
import type { EngineFault } from '../target/target.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { compileTupleText, findExisting } from './find-existing.ts'
import { insertIsolated, refusal } from './insert-isolated.ts'
import { isolateRefused, SEVERAL_REFUSED } from './isolate-refused.ts'
import type { LoadContext, WrittenRows } from './load-context.ts'

/**
 * Writes rows of a `skip` or `upsert` mapping, inside the caller's transaction: rows whose match columns are in the table already are left
 * alone or updated (their state before is returned), the others inserted. Two rows of the batch with the same match columns meet one another in source order.
 */
export async function writeMatching(context: LoadContext, rows: readonly TransformedRow[]): Promise<WrittenRows> {
  const whole = {
    inserted: [] as TransformedRow[],
    updated: [] as WrittenRows['updated'][number][],
    skipped: [] as WrittenRows['skipped'][number][],
    rejects: [] as Reject[],
  }
  for (const part of withoutRepeats(context, rows)) {
    const written = await writeDistinct(context, part)
    whole.inserted.push(...written.inserted)
    whole.updated.push(...written.updated)
    whole.skipped.push(...written.skipped)
    whole.rejects.push(...written.rejects)
  }
  return whole
}

function matchColumns(context: LoadContext): readonly string[] {
  return context.mapping.match.length > 0 ? context.mapping.match : context.pipeline.table.primaryKey
}

function matchValues(context: LoadContext, row: Row): Row {
  return matchColumns(context).map((column) => row[context.pipeline.step.columns.indexOf(column)] ?? null)
}

/** Cuts the batch before every row whose match columns were seen in the current part. */
function withoutRepeats(context: LoadContext, rows: readonly TransformedRow[]): (readonly TransformedRow[])[] {
  const textOf = compileTupleText(context.pipeline, matchColumns(context))
  const parts: TransformedRow[][] = []
  let part: TransformedRow[] = []
  let seen = new Set<string>()
  for (const row of rows) {
    const text = textOf(matchValues(context, row.row))
    if (text !== undefined && seen.has(text)) {
      parts.push(part)
      part = []
      seen = new Set()
    }
    if (text !== undefined) seen.add(text)
    part.push(row)
  }
  parts.push(part)
  return parts
}

async function writeDistinct(context: LoadContext, rows: readonly TransformedRow[]): Promise<WrittenRows> {
  const match = matchColumns(context)
  const textOf = compileTupleText(context.pipeline, match)
  const tuples = rows.map((row) => matchValues(context, row.row))
  const existing = await findExisting(context, {
    match,
    textOf,
    tuples: tuples.filter((tuple) => !tuple.includes(null)),
  })
  const fresh: TransformedRow[] = []
  const met: Updated[] = []
  for (const [place, row] of rows.entries()) {
    const text = textOf(tuples[place] ?? [])
    const before = text === undefined ? undefined : existing.get(text)
    if (before === undefined) fresh.push(row)
    else met.push({ row, before })
  }
  const { inserted, rejects } = await insertIsolated(context, fresh)
  if (context.mapping.conflict === 'skip') {
    return { inserted, rejects, updated: [], skipped: met.map(({ row, before }) => ({ row, pk: pkOf(context, before) })) }
  }
  const updates = await updateRows(context, met)
  return { inserted, rejects: [...rejects, ...updates.rejects], updated: updates.updated, skipped: [] }
}

function pkOf(context: LoadContext, row: Row): Row {
  return context.pkPlaces.map((place) => row[place] ?? null)
}

type Updated = WrittenRows['updated'][number]

/** Updates every mapped column but the primary key, which stays the existing row's. */
async function updateRows(
  context: LoadContext,
  met: readonly Updated[],
): Promise<{ readonly updated: readonly Updated[]; readonly rejects: readonly Reject[] }> {
  const { primaryKey } = context.pipeline.table
  const set = context.pipeline.step.columns.filter((column) => !primaryKey.includes(column))
  const kept = met.map(({ row, before }): Updated => {
    const values = row.row.map((value, place) => (context.pkPlaces.includes(place) ? (before[place] ?? null) : value))
    return { row: { ...row, row: values }, before }
  })
  if (set.length === 0) return { updated: kept, rejects: [] }
  const mayStage = isOrderFree(context, matchColumns(context))
  const updated: Updated[] = []
  const refused = await isolateRefused(kept, async (part) => {
    const fault = await updateTogether(context, { set, rows: part.map(({ row }) => row.row), mayStage })
    if (fault === undefined) for (const row of part) updated.push(row)
    return fault
  })
  return { updated, rejects: refused.map(({ row, fault }) => refusal(context, row.row, fault)) }
}

/** By one statement where that is possible, else by one for each row. */
async function updateTogether(
  context: LoadContext,
  { set, rows, mayStage }: { readonly set: readonly string[]; readonly rows: readonly Row[]; readonly mayStage: boolean },
): Promise<EngineFault | undefined> {
  const { session, pipeline } = context
  const { table, step } = pipeline
  const { quote } = session.dialect
  const staged = mayStage
    ? await updateStaged(session, { table: table.name, columns: step.columns, rows, set, on: table.primaryKey, whereNull: false })
    : undefined
  if (staged !== undefined) return staged === 'done' ? undefined : SEVERAL_REFUSED
  const assignments = set.map((column) => `${quote(column)} = ?`).join(', ')
  const sql = `update ${quote(table.name)} set ${assignments} where ${table.primaryKey.map((column) => `${quote(column)} = ?`).join(' and ')}`
  const places = set.map((column) => step.columns.indexOf(column))
  return attemptEach(session, rows, (row) => session.run(sql, [...places.map((place) => row[place] ?? null), ...pkOf(context, row)]))
}

/** Whether the outcome of updates does not hang on their order: no unique index but those the rows are found by holds a column that is set. */
function isOrderFree(context: LoadContext, match: readonly string[]): boolean {
  const { table, step } = context.pipeline
  const fixed = new Set([...table.primaryKey, ...match])
  const known = new Set(table.columns.map(({ name }) => name))
  return table.indexes.every(
    ({ unique, columns }) =>
      !unique ||
      (columns.every((column) => known.has(column)) && columns.every((column) => fixed.has(column) || !step.columns.includes(column))),
  )
}
