import type { ForeignKeyWithdrawal } from '../target.ts'

/** The server checks all rows when the constraint is added, whatever others do meanwhile. */
export const postgresWithdrawal: ForeignKeyWithdrawal = {
  async drop(session, { table, name }) {
    const { quote } = session.dialect
    await session.run(`alter table ${quote(table)} drop constraint if exists ${quote(name)}`)
  },
  async restore(session, { table, name, ddl = '' }) {
    const found = await session.dialect.readTable(session, table)
    if (found !== undefined && !found.foreignKeys.some((link) => link.name === name)) await session.run(ddl)
  },
}
