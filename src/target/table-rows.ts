import type { RecordBytes } from '../core/record-bytes.ts'
import type { Row, SqlValue } from '../core/row.ts'
import type { Codec, Session, TableInfo } from './target.ts'

const PAGE_ROWS = 2000
/** Rows of a part, where they lie evenly. */
const PART_ROWS = 20_000

export interface ReadTableOptions {
  readonly codecs: readonly Codec[]
  readonly where?: string
  readonly signal?: AbortSignal
}

/**
 * Every row of a table in pages, each row the columns of `codecs` in their form for reading; memory holds one page.
 * SQLite goes by rowid, the order the rows lie in; the others by primary key.
 */
export async function* readTable(session: Session, table: TableInfo, options: ReadTableOptions): AsyncGenerator<readonly Row[]> {
  const pages = await orderPages(session, table, options)
  for (let after: readonly SqlValue[] | undefined; ; ) {
    options.signal?.throwIfAborted()
    const page = await session.rows(pages.sql(after), after ?? [])
    if (page.length > 0) yield page.map((row) => row.slice(0, pages.width))
    if (page.length < PAGE_ROWS) return
    after = page.at(-1)?.slice(pages.width)
  }
}

/** Rows of a table that lie together: behind the row whose order columns are `after`, as far as the condition holds. */
export interface TablePart {
  readonly after?: readonly SqlValue[]
  readonly where?: string
}

/**
 * Cuts a table of about `rows` rows into parts for several connections; every row that is or comes is in one of them. undefined where it does not lie
 * by rowid, or the engine is not read so.
 */
export async function cutTable(session: Session, table: TableInfo, rows: number): Promise<readonly TablePart[] | undefined> {
  if (session.dialect.openReader === undefined || !(await hasRowid(session, table))) return undefined
  // One answer for both would read every row (https://www.sqlite.org/optoverview.html#the_min_max_optimization).
  const ends = ['min', 'max'].map((end) => `(select ${end}(_rowid_) from ${session.dialect.quote(table.name)})`)
  const [found] = await session.rows(`select ${ends.join(', ')}`)
  const [first, last] = found ?? []
  if (typeof first !== 'bigint' || typeof last !== 'bigint') return [{}]
  const count = BigInt(Math.max(1, Math.ceil(rows / PART_ROWS)))
  const bounds = Array.from({ length: Number(count) - 1 }, (_, at) => first + ((last - first) * BigInt(at + 1)) / count)
  return [undefined, ...bounds].map((after, at) => {
    const upTo = bounds[at]
    return { ...(after === undefined ? {} : { after: [after] }), ...(upTo === undefined ? {} : { where: `_rowid_ <= ${upTo}` }) }
  })
}

export interface ScanOptions extends ReadTableOptions, TablePart {
  /** What `recordsAtOnce` said; needed to show records. */
  readonly rowsAtOnce?: number | undefined
}

/** How a scan shows rows. */
export interface RowLook {
  /** A row's columns, and then those of the order. */
  row(row: Row): void
  /** A row as its canonical record, which is the next one's after that. Absent: every row is shown as values. */
  record?(record: RecordBytes): void
}

/** Rows that `scanTable` may take at once to show them as records; undefined where it shows values. May look at all pages of a table, so asked once for all of its parts. */
export async function recordsAtOnce(session: Session, table: TableInfo, codecs: readonly Codec[]): Promise<number | undefined> {
  const { records, dialect } = session
  if (records === undefined || (dialect.engine === 'sqlite' && !(await hasRowid(session, table)))) return undefined
  return records.rowsAtOnce(table, codecs)
}

/** Shows every row, in one of the two ways; the quickest way through a table. The event loop turns after each page. */
export async function scanTable(session: Session, table: TableInfo, options: ScanOptions, look: RowLook): Promise<void> {
  const pages = await orderPages(session, table, options)
  const rest = await scanRecords(session, pages, options, look)
  if (rest === undefined) return
  let { shown } = rest
  for (let { after } = rest; ; ) {
    options.signal?.throwIfAborted()
    let last: Row | undefined
    const columns = pages.width + pages.order.length
    const seen = await lookAtPage(session, { sql: pages.sql(after), bindings: after ?? [], columns }, (row) => {
      last = row
      if (shown === 0) look.row(row)
      else shown -= 1
    })
    if (seen < PAGE_ROWS) return
    after = last?.slice(pages.width)
    await turnOfOthers()
  }
}

/** Shows records for as long as there are any; the rows that are left, of which the first `shown` were shown, or undefined at the end of the table. */
async function scanRecords(
  session: Session,
  pages: OrderedPages,
  { codecs, after: first, rowsAtOnce, signal }: ScanOptions,
  { record: look }: RowLook,
): Promise<{ readonly after: readonly SqlValue[] | undefined; readonly shown: number } | undefined> {
  if (rowsAtOnce === undefined || look === undefined || session.records === undefined) return { after: first, shown: 0 }
  const { select, read } = session.records.open(codecs, pages.order)
  for (let after = first; ; ) {
    signal?.throwIfAborted()
    const page = await read({ sql: pages.sql(after, { select, rows: rowsAtOnce }), bindings: after ?? [] }, look)
    if (page === undefined || page.shown < page.found) return { after, shown: page?.shown ?? 0 }
    if (page.found < rowsAtOnce) return undefined
    after = page.last
    await turnOfOthers()
  }
}

function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function lookAtPage(
  session: Session,
  page: { readonly sql: string; readonly bindings: readonly SqlValue[]; readonly columns: number },
  look: (row: Row) => void,
): Promise<number> {
  if (session.eachRow !== undefined) return session.eachRow(page.sql, page.bindings, page.columns, look)
  const rows = await session.rows(page.sql, page.bindings)
  for (const row of rows) look(row)
  return rows.length
}

interface OrderedPages {
  /** Columns asked for; those of the order stand behind them. */
  readonly width: number
  readonly order: readonly string[]
  /** The page after a row's order columns; undefined: the first. `select`: other columns than those. */
  sql(after: readonly SqlValue[] | undefined, page?: { readonly select: string; readonly rows: number }): string
}

async function orderPages(session: Session, table: TableInfo, { codecs, where }: ReadTableOptions): Promise<OrderedPages> {
  const { quote } = session.dialect
  const order = (await hasRowid(session, table)) ? ['_rowid_'] : table.primaryKey.map(quote)
  const columns = [...codecs.map((codec) => codec.select), ...order].join(', ')
  const holders = order.map(() => '?').join(', ')
  const beyond = order.length === 1 ? `${order[0]} > ?` : `(${order.join(', ')}) > (${holders})`
  return {
    width: codecs.length,
    order,
    sql(after, { select, rows } = { select: columns, rows: PAGE_ROWS }) {
      const conditions = [where, after === undefined ? undefined : beyond].filter((text) => text !== undefined)
      const filter = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
      return `select ${select} from ${quote(table.name)}${filter} order by ${order.join(', ')} limit ${rows}`
    },
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
