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
  /** What `blockRowsOf` said; needed to show records. */
  readonly blockRows?: number | undefined
}

/** How a scan shows rows. */
export interface RowLook {
  /** A row's columns, and then those of the order. */
  row(row: Row): void
  /** A row as its canonical record, which is the next one's after that. Absent: every row is shown as values. */
  record?(record: RecordBytes): void
}

/** Rows that `scanTable` may take at once to show them as records; undefined where it shows values. Reads a large table's pages, so asked once for all of its parts. */
export async function blockRowsOf(session: Session, table: TableInfo, codecs: readonly Codec[]): Promise<number | undefined> {
  const { recordReading } = session.dialect
  return recordReading === undefined || !(await hasRowid(session, table)) ? undefined : recordReading.blockRows(session, table, codecs)
}

/** Shows every row, in one of the two ways; the quickest way through a table. The event loop turns after each page. */
export async function scanTable(session: Session, table: TableInfo, options: ScanOptions, look: RowLook): Promise<void> {
  const rest = await scanRecords(session, table, options, look)
  if (rest === undefined) return
  const pages = await orderPages(session, table, options)
  let { shown } = rest
  for (let { after } = rest; ; ) {
    options.signal?.throwIfAborted()
    let last: Row | undefined
    const seen = await lookAtPage(session, { sql: pages.sql(after), bindings: after ?? [], columns: pages.width + pages.order }, (row) => {
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
  table: TableInfo,
  { codecs, where, after: first, blockRows, signal }: ScanOptions,
  look: RowLook,
): Promise<{ readonly after: readonly SqlValue[] | undefined; readonly shown: number } | undefined> {
  const read =
    blockRows === undefined || look.record === undefined ? undefined : session.dialect.recordReading?.open(session, table, codecs)
  for (let after = first; ; ) {
    signal?.throwIfAborted()
    const block = blockRows === undefined ? undefined : await read?.({ rows: blockRows, where, after: after?.[0] })
    const shown = block?.show((record) => look.record?.(record)) ?? 0
    if (block === undefined || shown < block.count) return { after, shown }
    if (block.count < (blockRows ?? 0)) return undefined
    after = [block.last]
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
  /** Columns asked for, and those of the order behind them. */
  readonly width: number
  readonly order: number
  /** The page after a row's order columns; undefined: the first. */
  sql(after: readonly SqlValue[] | undefined): string
}

async function orderPages(session: Session, table: TableInfo, { codecs, where }: ReadTableOptions): Promise<OrderedPages> {
  const { quote } = session.dialect
  const order = (await hasRowid(session, table)) ? ['_rowid_'] : table.primaryKey.map(quote)
  const select = [...codecs.map((codec) => codec.select), ...order].join(', ')
  const holders = order.map(() => '?').join(', ')
  const beyond = order.length === 1 ? `${order[0]} > ?` : `(${order.join(', ')}) > (${holders})`
  return {
    width: codecs.length,
    order: order.length,
    sql(after) {
      const conditions = [where, after === undefined ? undefined : beyond].filter((text) => text !== undefined)
      const filter = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
      return `select ${select} from ${quote(table.name)}${filter} order by ${order.join(', ')} limit ${PAGE_ROWS}`
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
