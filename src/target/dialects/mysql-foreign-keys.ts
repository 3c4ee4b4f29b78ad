import type { ForeignKeyInfo, ForeignKeyWithdrawal, Session, TableInfo } from '../target.ts'
import { countOrphans } from './count-orphans.ts'
import { quoteOne } from './mysql-table-name.ts'

/**
 * The server checks rows while it adds a foreign key only by copying the whole table. With the session's checks off it adds it at once; the rows that
 * were there before are asked then, while the key keeps others from adding to them.
 */
export const mysqlWithdrawal: ForeignKeyWithdrawal = {
  async drop(session, link) {
    if (isThere(await session.dialect.readTable(session, link.table), link)) await session.run(dropSql(session, link))
  },
  async restore(session, link) {
    const table = await session.dialect.readTable(session, link.table)
    if (table === undefined) return
    if (!isThere(table, link)) await addUnchecked(session, link)
    const [orphans] = await countOrphans(session, { ...table, foreignKeys: [link] })
    if (orphans === undefined) return
    await session.run(dropSql(session, link))
    throw new RangeError(`${orphans.count} rows of ${link.table} point nowhere`)
  },
}

function isThere(table: TableInfo | undefined, link: ForeignKeyInfo): boolean {
  return table?.foreignKeys.some(({ name }) => name === link.name) === true
}

async function addUnchecked(session: Session, { ddl = '' }: ForeignKeyInfo): Promise<void> {
  await session.dialect.setForeignKeyChecks(session, false)
  try {
    await session.run(ddl)
  } finally {
    await session.dialect.setForeignKeyChecks(session, true)
  }
}

function dropSql(session: Session, { table, name }: ForeignKeyInfo): string {
  const { quote } = session.dialect
  return `alter table ${quote(table)} drop foreign key ${quoteOne(name)}`
}
