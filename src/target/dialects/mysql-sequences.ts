import { toEngineError } from '../engine-error.ts'
import type { Session, TableInfo } from '../target.ts'
import { askMysql, type MysqlConnection } from './mysql-connection.ts'
import { MysqlSession } from './mysql-session.ts'
import { tableCondition } from './mysql-table-name.ts'

/** The table's next AUTO_INCREMENT. */
export async function readMysqlSequence(session: Session, table: TableInfo): Promise<number | bigint | undefined> {
  const where = tableCondition(table.name)
  const [found] = await session.all<{ next: number | bigint | null }>(
    `select auto_increment as next from information_schema.tables where ${where.sql}`,
    where.bindings,
  )
  return found?.next ?? undefined
}

/**
 * InnoDB follows explicit ids by itself, so this is for reserving a range. ALTER TABLE commits implicitly: inside a transaction it goes
 * over a connection of its own, which waits at most a few seconds for a transaction that has touched the table.
 */
export async function raiseMysqlSequence(session: Session, table: TableInfo, next: number | bigint): Promise<void> {
  const current = await readMysqlSequence(session, table)
  if (current === undefined || BigInt(current) >= BigInt(next)) return
  const sql = `alter table ${session.dialect.quote(table.name)} auto_increment = ${BigInt(next)}`
  if (!session.inTransaction || !(session instanceof MysqlSession)) {
    await session.run(sql)
    return
  }
  const connection = (await session.knex.client.acquireRawConnection()) as MysqlConnection
  try {
    await askMysql(connection, 'set session lock_wait_timeout = 3')
    await askMysql(connection, sql)
  } catch (error) {
    throw toEngineError(session.dialect, error, `raising the AUTO_INCREMENT of ${table.name}`)
  } finally {
    connection.destroy()
  }
}
