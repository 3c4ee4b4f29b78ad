import { FerryError } from '../core/errors.ts'
import type { SqlValue } from '../core/row.ts'
import type { Session } from '../target/target.ts'
import type { Resolver } from '../transform/pipeline.ts'
import { chunksOf } from './chunks.ts'
import { renderRow } from './row-text.ts'

/** SQLite joins at most 500 SELECTs; each binds one value a match column. */
const MOST_SELECTS = 100
const MOST_REMEMBERED = 20_000

/** Finds existing rows by natural key. Found values are remembered up to a bound; absent ones are asked for again, since a step may bring them. */
export function createLookups(session: Session): Resolver['lookups'] {
  const remembered = new Map<string, SqlValue>()
  return async (table, match, column, values) => {
    const texts = values.map((tuple) => JSON.stringify([table, match, column, renderRow(tuple)]))
    const answers = new Map<string, SqlValue | undefined>()
    const asked = new Map<string, readonly SqlValue[]>()
    for (const [at, tuple] of values.entries()) {
      const text = texts[at] ?? ''
      if (remembered.has(text)) answers.set(text, remembered.get(text))
      // NULL equals nothing.
      else if (!tuple.includes(null)) asked.set(text, tuple)
    }
    for (const chunk of chunksOf([...asked], MOST_SELECTS)) {
      const found = await lookUp(session, { table, match, column, tuples: chunk.map(([, tuple]) => tuple) })
      for (const [at, value] of found) answers.set(chunk[at]?.[0] ?? '', value)
    }
    remember(remembered, answers)
    return texts.map((text) => answers.get(text))
  }
}

/** The database itself says what equals what: one numbered SELECT a tuple. */
async function lookUp(
  session: Session,
  question: { table: string; match: readonly string[]; column: string; tuples: readonly (readonly SqlValue[])[] },
): Promise<ReadonlyMap<number, SqlValue>> {
  const quote = (name: string) => session.dialect.quote(name)
  const where = question.match.map((name) => `${quote(name)} = ?`).join(' AND ')
  const select = (at: number) => `SELECT ${at} AS ferry_no, ${quote(question.column)} FROM ${quote(question.table)} WHERE ${where}`
  const rows = await session.rows(question.tuples.map((_, at) => select(at)).join(' UNION ALL '), question.tuples.flat())
  const found = new Map<number, SqlValue>()
  for (const [no, value] of rows) {
    if (found.has(Number(no))) throw severalError(question.table, question.match)
    found.set(Number(no), value ?? null)
  }
  return found
}

function remember(remembered: Map<string, SqlValue>, answers: ReadonlyMap<string, SqlValue | undefined>): void {
  for (const [text, value] of answers) {
    if (value === undefined) continue
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(text, value)
  }
}

function severalError(table: string, match: readonly string[]): FerryError {
  return new FerryError('FERRY_DEFINITION_INVALID', `a lookup in ${table} by ${match.join(', ')} matches several rows`, {
    hint: 'Match by columns that are unique together, so that a lookup names one row.',
  })
}
