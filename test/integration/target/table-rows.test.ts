import { expect } from 'chai'
import { openTarget } from '../../../src/target/open-target.ts'
import { cutTable, scanTable } from '../../../src/target/table-rows.ts'
import type { Session, TableInfo } from '../../../src/target/target.ts'
import { createSqliteDatabase } from '../../support/sqlite-database.ts'

const EDGE = 2n ** 63n
const SPREADS: Readonly<Record<string, readonly bigint[]>> = {
  'no row': [],
  'one row': [7n],
  'rows one after the other': Array.from({ length: 300 }, (_, at) => BigInt(at - 150)),
  'the ends of the integers and little between': [-EDGE, -EDGE + 1n, -1n, 0n, 1n, EDGE - 2n, EDGE - 1n],
  'nearly all at one end': [...Array.from({ length: 200 }, (_, at) => BigInt(at)), EDGE - 1n],
}

describe('cutTable', () => {
  async function inTable(sql: string, ids: readonly bigint[], look: (session: Session, table: TableInfo) => Promise<void>): Promise<void> {
    const database = createSqliteDatabase()
    const target = await openTarget({ config: database.config })
    const session = await target.openSession()
    try {
      await session.run(sql)
      for (const id of ids) await session.run('insert into things (id) values (?)', [id])
      const table = await session.dialect.readTable(session, 'things')
      if (table === undefined) throw new Error('the table is not there')
      await look(session, table)
    } finally {
      await session.close()
      await target.close()
      database.drop()
    }
  }

  for (const [name, ids] of Object.entries(SPREADS)) {
    it(`leaves no row out and none in twice: ${name}`, async () => {
      await inTable('create table things (id integer primary key)', ids, async (session, table) => {
        const [column] = table.columns
        if (column === undefined) throw new Error('there is no column')
        const codecs = [session.dialect.codec(column, 'integer')]
        for (const rows of [0, 1, 20_000, 20_001, 1_000_000]) {
          const seen: unknown[] = []
          const parts = await cutTable(session, table, rows)
          for (const part of parts ?? []) await scanTable(session, table, { codecs, ...part }, { row: ([id]) => void seen.push(id) })
          expect(seen, `${rows} rows in ${parts?.length} parts`).to.deep.equal([...ids])
        }
      })
    })
  }

  it('cuts none that has no rowid', async () => {
    await inTable('create table things (id integer primary key) without rowid', [1n], async (session, table) => {
      expect(await cutTable(session, table, 100)).to.equal(undefined)
    })
  })
})
