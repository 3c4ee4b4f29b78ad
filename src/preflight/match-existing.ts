import type { Row } from '../core/row.ts'
import type { StepContext } from './forecast-context.ts'

const CHUNK = 200

/** What references tell of the rows in the target that items of a `skip` or `upsert` mapping meet, by the hash of their match columns. */
export async function findMatching(
  context: StepContext,
  matchHash: (row: Row) => bigint | undefined,
  rows: readonly Row[],
): Promise<ReadonlyMap<bigint, Row>> {
  const { session, pipeline, step, mapping, identityPlaces } = context
  const { quote } = session.dialect
  const match = mapping.match.length > 0 ? mapping.match : pipeline.table.primaryKey
  const places = match.map((column) => step.columns.indexOf(column))
  const tuples = rows.map((row) => places.map((place) => row[place] ?? null)).filter((tuple) => !tuple.includes(null))
  const select = pipeline.codecs.map((codec) => codec.select).join(', ')
  const equal = `(${match.map((column) => `${quote(column)} = ?`).join(' and ')})`
  const found = new Map<bigint, Row>()
  for (let start = 0; start < tuples.length; start += CHUNK) {
    const part = tuples.slice(start, start + CHUNK)
    const sql = `select ${select} from ${quote(step.table)} where ${part.map(() => equal).join(' or ')}`
    for (const row of await session.rows(sql, part.flat())) {
      const hash = matchHash(row)
      if (hash !== undefined) {
        found.set(
          hash,
          identityPlaces.map((place) => row[place] ?? null),
        )
      }
    }
  }
  return found
}
