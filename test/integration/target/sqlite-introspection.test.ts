import { expect } from 'chai'
import createKnex, { type Knex } from 'knex'
import { openSession } from '../../../src/target/dialects/sqlite.ts'
import type { Session, TableInfo } from '../../../src/target/target.ts'

describe('target/dialects/sqlite introspection', () => {
  let knex: Knex
  let session: Session
  beforeEach(async () => {
    knex = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
    session = await openSession(knex)
  })
  afterEach(async () => {
    await session.close()
    await knex.destroy()
  })

  async function readTable(name: string): Promise<TableInfo> {
    const table = await session.dialect.readTable(session, name)
    if (table === undefined) throw new Error(`no table ${name}`)
    return table
  }
  /** Changes the schema behind SQLite's back. */
  async function rewriteSchema(change: () => Promise<unknown>): Promise<void> {
    const raw: { unsafeMode(on: boolean): void } = knex.client.pool.used[0].resource
    raw.unsafeMode(true)
    await session.run('PRAGMA writable_schema = ON')
    await change()
    await session.run('PRAGMA writable_schema = RESET')
  }
  const autoIncrements = async (sql: string) => {
    await session.run(`CREATE TABLE one ${sql}`)
    const { columns } = await readTable('one')
    await session.run('DROP TABLE one')
    return columns[0]?.autoIncrement
  }

  it('knows which primary keys are the rowid', async () => {
    expect(await autoIncrements('(id INTEGER PRIMARY KEY)')).to.equal(true)
    expect(await autoIncrements('(id integer primary key autoincrement)')).to.equal(true)
    expect(await autoIncrements('(id integer, PRIMARY KEY (id))')).to.equal(true)
    expect(await autoIncrements('(id INT PRIMARY KEY)')).to.equal(false)
    expect(await autoIncrements('(id bigint primary key)')).to.equal(false)
    expect(await autoIncrements('(id integer primary key desc)')).to.equal(false)
    expect(await autoIncrements('(id integer primary key) without rowid')).to.equal(false)
    expect(await autoIncrements('(id integer, n integer, primary key (id, n))')).to.equal(false)
  })

  it('reads composite keys in key order, generated columns, defaults and collations', async () => {
    await session.run(`CREATE TABLE "odd, table" (
      "a (1)" varchar(10) COLLATE nocase NOT NULL DEFAULT 'x, y', -- a comment, with a ( bracket
      [b] numeric (12, 3) DEFAULT NULL /* and , another */,
      \`c\` integer DEFAULT (1 + 1),
      d AS (c * 2) STORED,
      e text GENERATED ALWAYS AS ([b] || 'COLLATE nothing') VIRTUAL,
      f double precision,
      PRIMARY KEY ([b], "a (1)")
    ) WITHOUT ROWID`)
    const table = await readTable('odd, table')
    expect(table.primaryKey).to.deep.equal(['b', 'a (1)'])
    expect(
      table.columns.map(({ name, type, nullable, hasDefault, generated, collation, maxLength, precision, scale }) => [
        name,
        type,
        nullable,
        hasDefault,
        generated,
        collation,
        maxLength ?? precision,
        scale,
      ]),
    ).to.deep.equal([
      ['a (1)', 'varchar(10)', false, true, false, 'NOCASE', 10, undefined],
      ['b', 'numeric (12, 3)', false, false, false, undefined, 12, 3],
      ['c', 'integer', true, true, false, undefined, undefined, undefined],
      ['d', '', true, false, true, undefined, undefined, undefined],
      ['e', 'text', true, false, true, undefined, undefined, undefined],
      ['f', 'double precision', true, false, false, undefined, undefined, undefined],
    ])
    await session.insertRows('odd, table', ['a (1)', 'b'], [['k', 5]])
    expect(await session.all('SELECT d, f FROM "odd, table"')).to.deep.equal([{ d: 4, f: null }])
  })

  it('names foreign keys as declared, else as Knex would, and follows references without columns', async () => {
    await session.run('CREATE TABLE p (a integer, b text, PRIMARY KEY (a, b))')
    await session.run('CREATE TABLE q (id integer PRIMARY KEY, code text UNIQUE)')
    await session.run(`CREATE TABLE kids (
      id integer PRIMARY KEY,
      q1 integer REFERENCES q ON DELETE SET NULL,
      q2 text CONSTRAINT "to code" REFERENCES q (code) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      pa integer, pb text,
      CONSTRAINT both FOREIGN KEY (pa, pb) REFERENCES p NOT DEFERRABLE INITIALLY DEFERRED
    )`)
    const { foreignKeys } = await readTable('kids')
    expect(foreignKeys).to.deep.equal([
      {
        name: 'kids_q1_foreign',
        columns: ['q1'],
        table: 'kids',
        references: { table: 'q', columns: ['id'] },
        onDelete: 'set null',
        deferrable: false,
      },
      {
        name: 'to code',
        columns: ['q2'],
        table: 'kids',
        references: { table: 'q', columns: ['code'] },
        onDelete: 'cascade',
        deferrable: true,
      },
      {
        name: 'both',
        columns: ['pa', 'pb'],
        table: 'kids',
        references: { table: 'p', columns: ['a', 'b'] },
        onDelete: 'no action',
        deferrable: false,
      },
    ])
    await session.dialect.setForeignKeyChecks(session, false)
    await session.run("INSERT INTO kids VALUES (1, 7, 'x', 1, 'y'), (2, 8, NULL, NULL, 'y')")
    const broken = await session.dialect.checkForeignKeys(session, await readTable('kids'))
    expect([...broken].sort((a, b) => a.foreignKey.localeCompare(b.foreignKey))).to.deep.equal([
      { foreignKey: 'both', count: 1 },
      { foreignKey: 'kids_q1_foreign', count: 2 },
      { foreignKey: 'to code', count: 1 },
    ])
  })

  it('reads checks, triggers and every sort of index', async () => {
    await session.run(`CREATE TABLE t (
      a text CHECK (a IN ('(', 'b)') AND length(a) < 5) UNIQUE,
      b integer, CONSTRAINT big CHECK (b > (1)), CHECK(b <> 7)
    )`)
    await session.run('CREATE UNIQUE INDEX part ON t (b) WHERE b > 2')
    await session.run('CREATE INDEX expr ON t (lower(a), b DESC)')
    await session.run('CREATE TRIGGER watch AFTER INSERT ON t BEGIN SELECT 1; END')
    await session.run('CREATE VIEW v AS SELECT * FROM t')
    const table = await readTable('T')
    expect(table.name).to.equal('t')
    expect(table.checks).to.deep.equal(["a IN ('(', 'b)') AND length(a) < 5", 'b > (1)', 'b <> 7'])
    expect(table.triggers).to.deep.equal(['watch'])
    expect(table.indexes).to.deep.equal([
      { name: 'expr', columns: ['<expression>', 'b'], unique: false, ddl: 'CREATE INDEX expr ON t (lower(a), b DESC)' },
      { name: 'part', columns: ['b'], unique: true, partial: true, ddl: 'CREATE UNIQUE INDEX part ON t (b) WHERE b > 2' },
      { name: 'sqlite_autoindex_t_1', columns: ['a'], unique: true },
    ])
    expect(await session.dialect.readTable(session, 'v')).to.equal(undefined)
    expect(await session.dialect.listTables(session)).to.deep.equal(['t'])
  })

  it('gives the next id above every one ever given only where AUTOINCREMENT says so', async () => {
    await session.run('CREATE TABLE auto (id integer PRIMARY KEY AUTOINCREMENT, n)')
    await session.run('CREATE TABLE plain (id integer PRIMARY KEY, n)')
    await session.run('CREATE TABLE none (id text PRIMARY KEY)')
    for (const name of ['auto', 'plain']) {
      const table = await readTable(name)
      expect(await session.dialect.readSequence(session, table), name).to.equal(1)
      await session.run(`INSERT INTO ${name} (id) VALUES (-5), (9)`)
      await session.run(`DELETE FROM ${name} WHERE id = 9`)
      expect(await session.dialect.readSequence(session, table), name).to.equal(name === 'auto' ? 10 : 1)
      await session.dialect.raiseSequence(session, table, 2n ** 60n)
    }
    expect(await session.dialect.readSequence(session, await readTable('auto'))).to.equal(2n ** 60n)
    expect(await session.dialect.readSequence(session, await readTable('none'))).to.equal(undefined)
    await session.run('INSERT INTO auto (n) VALUES (1)')
    expect(await session.all('SELECT max(id) AS id FROM auto')).to.deep.equal([{ id: 2n ** 60n }])
  })

  it('reports what the integrity check finds', async () => {
    await session.run('CREATE TABLE t (n integer NOT NULL)')
    expect(await session.dialect.integrityCheck(session)).to.deep.equal([])
    await session.run('INSERT INTO t VALUES (1)')
    await session.run('CREATE TABLE u (n integer)')
    await session.run('INSERT INTO u VALUES (NULL)')
    // The schema then forbids what the row holds.
    await rewriteSchema(() => session.run(`UPDATE sqlite_master SET sql = 'CREATE TABLE u (n integer NOT NULL)' WHERE name = 'u'`))
    expect(await session.dialect.integrityCheck(session)).to.deep.equal(['NULL value in u.n'])
    expect(await session.dialect.integrityCheck(session, new Set(['any']))).to.deep.equal(['NULL value in u.n'])
  })

  it('compares rows with their indexes, but for tables all of whose indexes were just made', async () => {
    await session.run('CREATE TABLE t (a integer, b integer)')
    await session.run('CREATE TABLE keyed (a text PRIMARY KEY, b integer)')
    await session.run('CREATE TABLE flat (a text, b integer, PRIMARY KEY (a)) WITHOUT ROWID')
    const damaged = ['on_a', 'on_b', 'keyed_b', 'flat_b']
    for (const table of ['t', 'keyed', 'flat']) await session.run(`INSERT INTO ${table} VALUES ('1', 2)`)
    await session.run('CREATE INDEX on_a ON t (a)')
    await session.run('CREATE INDEX on_b ON t (b)')
    await session.run('CREATE INDEX keyed_b ON keyed (b)')
    await session.run('CREATE INDEX flat_b ON flat (b)')
    const kept = await session.rows('SELECT * FROM sqlite_schema WHERE name IN (?, ?, ?, ?)', damaged)
    await rewriteSchema(() => session.run('DELETE FROM sqlite_schema WHERE name IN (?, ?, ?, ?)', damaged))
    // The indexes hear nothing of this: as many entries as rows, but other ones.
    for (const table of ['t', 'keyed', 'flat']) await session.run(`UPDATE ${table} SET a = '3', b = 4`)
    await rewriteSchema(async () => {
      for (const row of kept) await session.run('INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)', row)
    })
    const namesIn = async (made: readonly string[]) => {
      const problems = await session.dialect.integrityCheck(session, new Set(made))
      return damaged.filter((name) => problems.some((problem) => problem.includes(`index ${name}`)))
    }
    expect(await namesIn([])).to.deep.equal(damaged)
    expect(await namesIn(['on_a'])).to.deep.equal(damaged)
    // The index that SQLite keeps for a primary key was there before.
    expect(await namesIn(damaged)).to.deep.equal(['keyed_b', 'flat_b'])
  })
})
