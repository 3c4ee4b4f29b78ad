import type { Row, SqlValue } from '../core/row.ts'
import type { Codec, Condition, Session } from '../target/target.ts'
import { chunksOf, listSize, placeholders } from './chunks.ts'

/** SQLite allows expressions 1,000 deep, and a chain of OR counts each of its terms. */
const MOST_TUPLES = 200

/** What to read of which table. */
export interface RowQuery {
  readonly table: string
  /** Primary key (or any unique) columns and their codecs, in one order. */
  readonly keyColumns: readonly string[]
  readonly keyCodecs: readonly Codec[]
  /** Expressions to read besides, such as `codec.select`. */
  readonly select: readonly string[]
  /** Locks the rows until the transaction ends. */
  readonly lock?: boolean
}

/**
 * Reads rows by primary key, in chunks. Answers the values of `select` by the text of `pkText`.
 * Rows that match a key only by collation (`ab` for `AB`) are not answered.
 */
export async function findRows(session: Session, query: RowQuery, pks: readonly Row[]): Promise<Map<string, Row>> {
  const found = new Map<string, Row>()
  const asked = new Map(pks.map((pk) => [pkText(query.keyCodecs, pk), pk]))
  const width = query.keyColumns.length
  const select = [...query.keyCodecs.map((codec) => codec.select), ...query.select].join(', ')
  const from = `SELECT ${select} FROM ${session.dialect.quote(query.table)}`
  const lock = query.lock ? ` ${session.dialect.forUpdate}` : ''
  for await (const { where, bindings } of keysIn(session, { table: query.table, columns: query.keyColumns }, [...asked.values()])) {
    const rows = await session.rows(`${from} WHERE ${where}${lock}`, bindings)
    for (const row of rows) {
      const text = pkText(query.keyCodecs, row.slice(0, width))
      if (asked.has(text)) found.set(text, row.slice(width))
    }
  }
  return found
}

/** One text per primary key, equal for a key as encoded and as read back. */
export function pkText(codecs: readonly Codec[], pk: Row): string {
  if (codecs.length === 1) return canonical(codecs[0], pk[0])
  return JSON.stringify(codecs.map((codec, at) => canonical(codec, pk[at])))
}

/** Rows of a table by a key of one column or several. */
export interface KeysOf {
  readonly table: string
  readonly columns: readonly string[]
}

/** Conditions that a row's key is one of `keys`, each of as many as one statement may name. */
export async function* keysIn(
  session: Session,
  { table, columns }: KeysOf,
  keys: readonly Row[],
): AsyncGenerator<Condition & { readonly count: number }> {
  const { dialect } = session
  const names = columns.map((name) => dialect.quote(name))
  const toCondition = columns.length > 1 && keys.length > 0 ? await dialect.openKeys?.(session, table, columns) : undefined
  const isChain = columns.length > 1 && toCondition === undefined
  const most = listSize(dialect, columns.length)
  for (const chunk of chunksOf(keys, isChain ? Math.min(MOST_TUPLES, most) : most)) {
    const count = chunk.length
    if (columns.length === 1) yield { where: `${names[0]} IN (${placeholders(count)})`, bindings: chunk.flat(), count }
    else if (toCondition !== undefined) yield { ...toCondition(chunk), count }
    else {
      const tuple = `(${names.map((name) => `${name} = ?`).join(' AND ')})`
      yield { where: `(${new Array<string>(count).fill(tuple).join(' OR ')})`, bindings: chunk.flat(), count }
    }
  }
}

function canonical(codec: Codec | undefined, value: SqlValue | undefined): string {
  return codec === undefined || value === null || value === undefined ? '' : codec.canonical(value)
}
