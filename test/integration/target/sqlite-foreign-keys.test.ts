import { expect } from 'chai'
import fc from 'fast-check'
import type { SqlValue } from '../../../src/core/row.ts'
import { checkSqliteForeignKeys } from '../../../src/target/dialects/sqlite-foreign-keys.ts'
import { forEachEngine } from '../../support/engines.ts'

const TYPES = ['integer', 'text', 'real', 'numeric', 'blob', 'varchar(9)', 'text collate nocase', 'integer collate nocase', ''] as const
const VALUES: readonly SqlValue[] = [
  null,
  1n,
  2n,
  3n,
  4n,
  1.5,
  3,
  '1',
  '01',
  '1.0',
  '1.5',
  'a',
  'A',
  'a ',
  '',
  Buffer.from('a'),
  Buffer.from('1'),
]

const type = fc.constantFrom(...TYPES)
const value = fc.constantFrom(...VALUES)

forEachEngine(
  'foreign keys of SQLite',
  (db) => {
    it('are counted as PRAGMA foreign_key_check counts them, whatever types, collations and values meet', async () => {
      const { session } = db()
      await session.dialect.setForeignKeyChecks(session, false)
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            parents: fc.array(fc.tuple(value, value), { maxLength: 8 }),
            children: fc.array(fc.tuple(value, value, value), { maxLength: 20 }),
            types: fc.tuple(type, type, type, type, type),
            index: fc.constantFrom('', 'create index i on c (x)', 'create index i on c (y, x)', 'create index i on c (x, y) where x > 0'),
          }),
          async ({ parents, children, types: [a, b, x, y, z], index }) => {
            for (const table of ['c', 'p']) await session.run(`drop table if exists ${table}`)
            await session.run(`create table p (a ${a} unique, b ${b}, unique (a, b))`)
            await session.run(`create table c (x ${x} constraint one references p (a), y ${y}, z ${z} constraint far references p (a),
              constraint both_of foreign key (x, y) references p (a, b), constraint turned foreign key (y, x) references p (b, a))`)
            if (index !== '') await session.run(index)
            for (const row of parents) await session.run('insert or ignore into p values (?, ?)', row)
            for (const row of children) await session.run('insert into c values (?, ?, ?)', row)
            const table = await session.dialect.readTable(session, 'c')
            if (table === undefined) throw new Error('the table is gone')
            const told = await session.rows('select fkid, count(*) from pragma_foreign_key_check(?) group by fkid', ['c'])
            const count = table.foreignKeys.length
            const expected = new Map(told.map(([id, rows]) => [table.foreignKeys[count - 1 - Number(id)]?.name, Number(rows)]))
            const found = new Map((await checkSqliteForeignKeys(session, table)).map((one) => [one.foreignKey, one.count]))
            expect(found).to.deep.equal(expected)
          },
        ),
        { numRuns: 100 },
      )
    })

    it('are told from the range of their parents where those have no gap', async () => {
      const { session } = db()
      await session.dialect.setForeignKeyChecks(session, false)
      await session.run('create table p (id integer primary key)')
      await session.run('create table c (x references p (id))')
      await session.run('with recursive n (id) as (select -20 union all select id + 1 from n where id < 99) insert into p select id from n')
      await session.run("insert into c values (-21), (-20), (99), (100), (5.5), ('7'), ('x'), (null), (x'37')")
      const count = async () => {
        const table = await session.dialect.readTable(session, 'c')
        return table && (await checkSqliteForeignKeys(session, table))[0]?.count
      }
      expect(await count()).to.equal(5)
      await session.run('delete from p where id = 99')
      expect(await count()).to.equal(6)
      await session.run('delete from p where id = -20')
      expect(await count()).to.equal(7)
      await session.run('delete from p where id = 7')
      expect(await count()).to.equal(8)
      await session.run('delete from p')
      expect(await count()).to.equal(8)
    })

    it('are asked of the engine where the table they refer to is missing', async () => {
      const { session } = db()
      await session.dialect.setForeignKeyChecks(session, false)
      await session.run('create table c (x integer references nowhere (a), y integer references elsewhere)')
      await session.run('insert into c values (1, null), (null, 2), (3, 4)')
      const table = await session.dialect.readTable(session, 'c')
      if (table === undefined) throw new Error('the table is gone')
      expect((await checkSqliteForeignKeys(session, table)).map(({ count }) => count)).to.deep.equal([2, 2])
    })
  },
  ['sqlite'],
)
