import type { Row, SqlValue } from '../core/row.ts'
import type { Session } from '../target/target.ts'
import { matchCodecs } from '../transform/match-codecs.ts'
import type { Pipeline } from '../transform/pipeline.ts'

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
  session: Session,
  pipeline: Pipeline,
  options: { readonly match: readonly string[]; readonly tuples: readonly (readonly SqlValue[])[]; readonly textOf: TupleText },
): Promise<ReadonlyMap<string, Row>> {
  const { match, tuples, textOf } = options
  const { dialect } = session
  const select = pipeline.codecs.map((codec) => codec.select).join(', ')
  const places = match.map((column) => pipeline.step.columns.indexOf(column))
  const found = new Map<string, Row>()
  for (let start = 0; start < tuples.length; start += CHUNK) {
    const part = tuples.slice(start, start + CHUNK)
    const equal = match.map((column) => `${dialect.quote(column)} = ?`).join(' and ')
    const sql = `select ${select} from ${dialect.quote(pipeline.table.name)} where ${part.map(() => `(${equal})`).join(' or ')}`
    for (const row of await session.rows(sql, part.flat())) {
      const text = textOf(places.map((place) => row[place] ?? null))
      if (text !== undefined) found.set(text, row)
    }
  }
  return found
}
