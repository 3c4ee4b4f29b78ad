import { createHash } from 'node:crypto'
import type { Row, SqlValue } from '../core/row.ts'
import { RowSum } from '../core/row-sum.ts'
import { STATE_TABLES } from '../state/state-tables.ts'
import type { Session, TableInfo, Target } from '../target/target.ts'

/** What a database holds, small enough to keep: the schema as text, the rows as sums. The ferry_* tables and Knex's own are left out. */
export interface Content {
  /** By table. */
  readonly tables: ReadonlyMap<string, { readonly schema: string; readonly rows: RowSum }>
  /** Knex migrations applied, in order. */
  readonly migrations: readonly string[]
}

const PAGE_ROWS = 2_000

/** Reads every row of every table once; memory holds one page. */
export async function readContent(target: Target): Promise<Content> {
  const session = await target.openSession()
  try {
    const { dialect } = session
    const name: unknown = target.knex.client.config?.migrations?.tableName
    const knexTable = typeof name === 'string' ? name : 'knex_migrations'
    const tables = new Map<string, { schema: string; rows: RowSum }>()
    let migrations: string[] = []
    for (const table of [...(await dialect.listTables(session))].sort()) {
      if (STATE_TABLES.includes(table) || table === `${knexTable}_lock`) continue
      const info = await dialect.readTable(session, table)
      if (info === undefined) continue
      if (table === knexTable) {
        const found = await session.all<{ name: string }>(`select name from ${dialect.quote(table)} order by id`)
        migrations = found.map((row) => row.name)
      } else tables.set(table, { schema: renderSchema(info), rows: await sumRows(session, info) })
    }
    return { tables, migrations }
  } finally {
    await session.close()
  }
}

/** What differs between two contents, one sentence each; [] for equal ones. */
export function compareContents(start: Content, end: Content): readonly string[] {
  const differences: string[] = []
  for (const name of [...new Set([...start.tables.keys(), ...end.tables.keys()])].sort()) {
    const [before, after] = [start.tables.get(name), end.tables.get(name)]
    if (before === undefined) differences.push(`table ${name} was not there at the start`)
    else if (after === undefined) differences.push(`table ${name} is gone`)
    else {
      if (before.schema !== after.schema) differences.push(`the schema of ${name} is not the one of the start`)
      if (before.rows.count !== after.rows.count)
        differences.push(`${name} has ${after.rows.count} rows, ${before.rows.count} at the start`)
      else if (!before.rows.equals(after.rows)) differences.push(`${name} has rows that are not those of the start`)
    }
  }
  if (start.migrations.join('\n') !== end.migrations.join('\n'))
    differences.push('the list of applied migrations is not the one of the start')
  return differences
}

/** Indexes and the like in an order of their own: a rebuilt table lists them otherwise. */
function renderSchema(info: TableInfo): string {
  const sorted = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).sort()
  const { columns, primaryKey, indexes, foreignKeys, triggers, checks } = info
  return JSON.stringify({
    columns,
    primaryKey,
    indexes: sorted(indexes),
    foreignKeys: sorted(foreignKeys),
    triggers: sorted(triggers),
    checks: sorted(checks),
  })
}

async function sumRows(session: Session, info: TableInfo): Promise<RowSum> {
  const sum = new RowSum()
  for await (const page of readPages(session, info)) for (const row of page) sum.add(hashRow(row))
  return sum
}

/** By primary key; a table without one by all of its columns and offsets, slower but as exact. */
async function* readPages(session: Session, info: TableInfo): AsyncGenerator<readonly Row[]> {
  const { quote } = session.dialect
  const columns = info.columns.map(({ name }) => quote(name)).join(', ')
  const key = info.primaryKey.map(quote)
  const order = key.length > 0 ? key.join(', ') : columns
  const table = quote(info.name)
  let after: readonly SqlValue[] | undefined
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const beyond = key.length === 1 ? `${order} > ?` : `(${order}) > (${key.map(() => '?').join(', ')})`
    const where = after === undefined ? '' : ` where ${beyond}`
    const skip = key.length > 0 ? '' : ` offset ${offset}`
    const sql = `select ${[...key, columns].join(', ')} from ${table}${where} order by ${order} limit ${PAGE_ROWS}${skip}`
    const page = await session.rows(sql, after ?? [])
    yield page.map((row) => row.slice(key.length))
    if (page.length < PAGE_ROWS) return
    if (key.length > 0) after = page.at(-1)?.slice(0, key.length)
  }
}

function hashRow(row: Row): bigint {
  const hash = createHash('sha256')
  for (const value of row) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value))
    hash.update(`${value === null ? 'null' : value instanceof Uint8Array ? 'bytes' : typeof value} ${bytes.length} `)
    hash.update(bytes)
  }
  return hash.digest().readBigUInt64BE()
}
