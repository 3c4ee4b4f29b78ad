import type { Row, SqlValue } from '../core/row.ts'
import { withStage } from '../target/stage-rows.ts'
import { matchCodecs } from '../transform/match-codecs.ts'
import type { Pipeline } from '../transform/pipeline.ts'
import type { LoadContext } from './load-context.ts'

/** Rows asked for in one statement; an OR list this long is well inside every engine's limits. */
const CHUNK = 200

/** Text that is equal for equal tuples of stored values; undefined when a part is NULL (NULL matches nothing). */
export type TupleText = (values: readonly SqlValue[]) => string | undefined

/** Compiles the text of tuples of `columns`, which the step writes. */
export function compileTupleText(pipeline: Pipeline, columns: readonly string[]): TupleText {
  const texts = matchCodecs(pipeline, columns).map((codec) => codec.canonical)
  return (values) => {
    const parts: string[] = []
    for (const [place, text] of texts.entries()) {
      const value = values[place]
      if (value === null || value === undefined) return undefined
      parts.push(text(value))
    }
    return JSON.stringify(parts)
  }
}

/** Existing rows (in the step's column order) by the text of their `match` columns. */
export async function findExisting(
  context: LoadContext,
  options: { readonly match: readonly string[]; readonly tuples: readonly Row[]; readonly textOf: TupleText },
): Promise<ReadonlyMap<string, Row>> {
  const { match, tuples, textOf } = options
  const places = match.map((column) => context.pipeline.step.columns.indexOf(column))
  const found = new Map<string, Row>()
  for (const row of await askRows(context, match, tuples)) {
    const text = textOf(places.map((place) => row[place] ?? null))
    if (text !== undefined) found.set(text, row)
  }
  return found
}

/** By a join with a staging table where there is one, else by lists of values. */
async function askRows(context: LoadContext, match: readonly string[], tuples: readonly Row[]): Promise<readonly Row[]> {
  const { session, pipeline } = context
  const { dialect } = session
  const select = pipeline.codecs.map((codec) => codec.select).join(', ')
  const staged = await withStage(session, { table: pipeline.table.name, columns: match, rows: tuples }, (name, staging) =>
    session.rows(staging.matchSql(pipeline.table.name, name, { select, on: match })),
  )
  if (staged !== undefined) return staged.answer
  const equal = match.map((column) => `${dialect.quote(column)} = ?`).join(' and ')
  const rows: Row[] = []
  for (let start = 0; start < tuples.length; start += CHUNK) {
    const part = tuples.slice(start, start + CHUNK)
    const sql = `select ${select} from ${dialect.quote(pipeline.table.name)} where ${part.map(() => `(${equal})`).join(' or ')}`
    for (const row of await session.rows(sql, part.flat())) rows.push(row)
  }
  return rows
}
