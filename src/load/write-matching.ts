import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { compileTupleText, findExisting } from './find-existing.ts'
import { attempt, insertIsolated, refusal } from './insert-isolated.ts'
import type { LoadContext, WrittenRows } from './load-context.ts'
import { isOrderFree, updateStaged } from './stage-rows.ts'

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
  const met: { row: TransformedRow; before: Row }[] = []
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

/** Updates every mapped column but the primary key, which stays the existing row's: by one statement, or where a rule refuses a row of it, one by one. */
async function updateRows(
  context: LoadContext,
  met: readonly { readonly row: TransformedRow; readonly before: Row }[],
): Promise<{ updated: WrittenRows['updated'][number][]; rejects: Reject[] }> {
  const { session, pipeline } = context
  const { quote } = session.dialect
  const pk = pipeline.table.primaryKey
  const places = pipeline.step.columns.flatMap((column, place) => (pk.includes(column) ? [] : [place]))
  const kept = met.map(({ row, before }) =>
    row.row.map((value, place) => (context.pkPlaces.includes(place) ? (before[place] ?? null) : value)),
  )
  const set = places.map((place) => pipeline.step.columns[place] ?? '')
  if (set.length > 0 && isOrderFree(context, matchColumns(context)) && (await updateStaged(context, set, kept))) {
    return { updated: met.map(({ row, before }, at) => ({ row: { ...row, row: kept[at] ?? [] }, before })), rejects: [] }
  }
  const assignments = set.map((column) => `${quote(column)} = ?`).join(', ')
  const sql = `update ${quote(pipeline.table.name)} set ${assignments} where ${pk.map((column) => `${quote(column)} = ?`).join(' and ')}`
  const updated: WrittenRows['updated'][number][] = []
  const rejects: Reject[] = []
  for (const [at, { row, before }] of met.entries()) {
    const values = kept[at] ?? []
    const bindings = [...places.map((place) => values[place] ?? null), ...pkOf(context, before)]
    const fault = places.length === 0 ? undefined : await attempt(session, () => session.run(sql, bindings))
    if (fault === undefined) updated.push({ row: { ...row, row: values }, before })
    else rejects.push(refusal(context, row, fault))
  }
  return { updated, rejects }
}
