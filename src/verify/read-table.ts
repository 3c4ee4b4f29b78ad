import type { Row, SqlValue } from '../core/row.ts'
import type { Codec, Session, TableInfo } from '../target/target.ts'

const PAGE_ROWS = 2000

/**
 * Every row of a table in pages, each row the columns of `codecs` in their form for reading; memory holds one page.
 * SQLite goes by rowid, the order the rows lie in; the others by primary key.
 */
export async function* readTable(
  session: Session,
  table: TableInfo,
  options: {
    readonly codecs: readonly Codec[]
    readonly where?: string
    readonly signal?: AbortSignal
    /** Leaves the columns of the order at the end of each row: for readers that look at the places of `codecs` only, and saves a copy. */
    readonly keepOrder?: boolean
  },
): AsyncGenerator<readonly Row[]> {
  const { quote } = session.dialect
  const order = (await hasRowid(session, table)) ? ['_rowid_'] : table.primaryKey.map(quote)
  const width = options.codecs.length
  const select = [...options.codecs.map((codec) => codec.select), ...order].join(', ')
  const holders = order.map(() => '?').join(', ')
  const beyond = order.length === 1 ? `${order[0]} > ?` : `(${order.join(', ')}) > (${holders})`
  let after: readonly SqlValue[] | undefined
  for (;;) {
    options.signal?.throwIfAborted()
    const conditions = [options.where, after === undefined ? undefined : beyond].filter((text) => text !== undefined)
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    const sql = `select ${select} from ${quote(table.name)}${where} order by ${order.join(', ')} limit ${PAGE_ROWS}`
    const page = await session.rows(sql, after ?? [])
    if (page.length > 0) yield options.keepOrder === true ? page : page.map((row) => row.slice(0, width))
    if (page.length < PAGE_ROWS) return
    after = page.at(-1)?.slice(width)
  }
}

/** Rows of a table whose single integer key is above `after`. */
export function aboveKey(session: Session, table: TableInfo, after: string): string {
  return `${session.dialect.quote(table.primaryKey[0] ?? '')} > ${BigInt(after)}`
}

/** SQLite tables have a rowid unless they were made without, or a column hides its name. */
async function hasRowid(session: Session, table: TableInfo): Promise<boolean> {
  if (session.dialect.engine !== 'sqlite' || table.columns.some(({ name }) => name.toLowerCase() === '_rowid_')) return false
  try {
    await session.rows(`select _rowid_ from ${session.dialect.quote(table.name)} limit 0`)
    return true
  } catch {
    return false
  }
}

/** Rows a table holds. */
export async function countTable(session: Session, table: string): Promise<number> {
  const [found] = await session.rows(`select count(*) from ${session.dialect.quote(table)}`)
  return Number(found?.[0] ?? 0)
}
