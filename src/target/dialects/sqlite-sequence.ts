import type { Session, TableInfo } from '../target.ts'
import { maskSql } from './sqlite-ddl.ts'
import { quoteSqlite } from './sqlite-quote.ts'

async function isAutoincrement(session: Session, table: TableInfo): Promise<boolean> {
  const [row] = await session.all<{ sql: string }>(`SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE`, [
    table.name,
  ])
  return row !== undefined && /\bAUTOINCREMENT\b/i.test(maskSql(row.sql))
}

/** The rowid SQLite would give next: above the highest, and with AUTOINCREMENT above every one ever given. */
export async function readSqliteSequence(session: Session, table: TableInfo): Promise<number | bigint | undefined> {
  const column = table.columns.find(({ autoIncrement }) => autoIncrement)
  if (column === undefined) return undefined
  const [[highest] = []] = await session.rows(`SELECT max(${quoteSqlite(column.name)}) FROM ${quoteSqlite(table.name)}`)
  let last = typeof highest === 'bigint' && highest > 0n ? highest : 0n
  if (await isAutoincrement(session, table)) {
    const [[given] = []] = await session.rows('SELECT seq FROM sqlite_sequence WHERE name = ?', [table.name])
    if (typeof given === 'bigint' && given > last) last = given
  }
  const next = last + 1n
  return next <= Number.MAX_SAFE_INTEGER ? Number(next) : next
}

/** Raises sqlite_sequence of an AUTOINCREMENT table. A plain rowid alias follows its highest row by itself. */
export async function raiseSqliteSequence(session: Session, table: TableInfo, next: number | bigint): Promise<void> {
  if (!table.columns.some(({ autoIncrement }) => autoIncrement) || !(await isAutoincrement(session, table))) return
  const last = BigInt(next) - 1n
  const found = await session.run('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', [last, table.name])
  if (found === 0) await session.run('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [table.name, last])
}
