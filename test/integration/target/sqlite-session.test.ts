import { chmodSync, existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import createKnex, { type Knex } from 'knex'
import { isFerryError } from '../../../src/core/errors.ts'
import { openSession } from '../../../src/target/dialects/sqlite.ts'
import { faultOf } from '../../../src/target/engine-error.ts'
import type { Session } from '../../../src/target/target.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../support/sqlite-database.ts'

describe('target/dialects/sqlite session', () => {
  let database: SqliteDatabase
  let knex: Knex
  let session: Session
  beforeEach(async () => {
    database = createSqliteDatabase()
    knex = createKnex({ ...database.config, useNullAsDefault: true, log: { warn() {} } })
    session = await openSession(knex)
    await session.run('CREATE TABLE notes (id integer PRIMARY KEY, text text, n integer)')
  })
  afterEach(async () => {
    await session.close()
    await knex.destroy()
    database.drop()
  })

  /** An application of its own on the same file. */
  async function withOther(work: (other: Database.Database) => Promise<void>): Promise<void> {
    const other = new Database(database.file, { timeout: 0 })
    try {
      await work(other)
    } finally {
      other.close()
    }
  }
  const setWait = (ms: number) => session.all(`PRAGMA busy_timeout = ${ms}`)
  const errorOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    )

  it('enforces foreign keys and waits for locks while it is open, and leaves the connection as it found it', async () => {
    await session.close()
    await knex.raw('PRAGMA foreign_keys = OFF')
    await knex.raw('PRAGMA busy_timeout = 7')
    const next = await openSession(knex)
    expect(await next.all('PRAGMA foreign_keys')).to.deep.equal([{ foreign_keys: 1 }])
    expect(await next.all('PRAGMA busy_timeout')).to.deep.equal([{ timeout: 5_000 }])
    await next.close()
    expect(await knex.raw('PRAGMA foreign_keys')).to.deep.equal([{ foreign_keys: 0 }])
    expect(await knex.raw('PRAGMA busy_timeout')).to.deep.equal([{ timeout: 7 }])
  })

  it('sees every change of a pragma', async () => {
    for (const on of [false, true, false, true]) {
      await session.dialect.setForeignKeyChecks(session, on)
      expect(await session.all('PRAGMA foreign_keys')).to.deep.equal([{ foreign_keys: on ? 1 : 0 }])
    }
    await session.begin()
    expect(isFerryError(await errorOf(session.dialect.setForeignKeyChecks(session, false)), 'FERRY_INTERNAL')).to.equal(true)
  })

  it('takes the write lock at begin, so that another writer is refused', async () => {
    await session.begin()
    await withOther(async (other) => {
      expect(() => other.exec('BEGIN IMMEDIATE')).to.throw(/locked/)
    })
  })

  it('says who is in the way when the database stays locked', async () => {
    await setWait(1)
    await withOther(async (other) => {
      other.exec('BEGIN IMMEDIATE')
      const error = await errorOf(session.begin())
      expect(isFerryError(error, 'FERRY_TARGET_LOCKED')).to.equal(true)
      expect(faultOf(error)).to.deep.equal({ kind: 'locked' })
      expect(session.inTransaction).to.equal(false)
    })
    await session.begin()
    await session.commit()
  })

  it('throws when a reader keeps a commit out, and has written nothing', async () => {
    await setWait(1)
    await session.run('INSERT INTO notes (id) VALUES (1)')
    await withOther(async (other) => {
      await session.begin()
      await session.run('INSERT INTO notes (id) VALUES (2)')
      const reader = other.prepare('SELECT id FROM notes').iterate()
      reader.next()
      const error = await errorOf(session.commit())
      expect(isFerryError(error, 'FERRY_LOAD_COMMIT')).to.equal(true)
      expect(faultOf(error)?.kind).to.equal('locked')
      expect(session.inTransaction).to.equal(false)
      reader.return?.()
      expect(other.prepare('SELECT count(*) AS n FROM notes').get()).to.deep.equal({ n: 1 })
    })
  })

  it('follows SQLite when it rolls back by itself, and the commit after it throws', async () => {
    await session.begin()
    await session.run('INSERT INTO notes (id) VALUES (1)')
    expect(isFerryError(await errorOf(session.run('INSERT OR ROLLBACK INTO notes (id) VALUES (1)')), 'FERRY_LOAD_CONSTRAINT')).to.equal(
      true,
    )
    expect(session.inTransaction).to.equal(false)
    await session.rollback()
    expect(isFerryError(await errorOf(session.commit()), 'FERRY_LOAD_COMMIT')).to.equal(true)
    expect(await session.all('SELECT id FROM notes')).to.deep.equal([])
  })

  it('says that the database is full, and keeps what was committed', async () => {
    await session.all('PRAGMA max_page_count = 6')
    await session.run('INSERT INTO notes (id) VALUES (1)')
    await session.begin()
    const rows = Array.from({ length: 1_000 }, (_, index) => [index + 2, 'x'.repeat(100)])
    const error = await errorOf(session.insertRows('notes', ['id', 'text'], rows))
    expect(isFerryError(error, 'FERRY_TARGET_FULL')).to.equal(true)
    await session.rollback()
    expect(session.inTransaction).to.equal(false)
    expect(await session.all('SELECT id FROM notes')).to.deep.equal([{ id: 1 }])
  })

  it('binds whole numbers as integers and booleans as 1 and 0, whatever the column', async () => {
    await session.run('CREATE TABLE loose (a, b text, c)')
    await session.run('INSERT INTO loose VALUES (?, ?, ?)', [5, 6, true])
    expect(await session.rows('SELECT * FROM loose')).to.deep.equal([[5n, '6', 1n]])
    await session.insertRows('loose', ['a', 'b', 'c'], [[5n, '6', false]])
    expect(await session.all('SELECT * FROM loose WHERE c = ?', [false])).to.deep.equal([{ a: 5, b: '6', c: 0 }])
  })

  it('counts what RETURNING gives, and runs any number of different texts', async () => {
    expect(await session.run('INSERT INTO notes (id) VALUES (1), (2) RETURNING id')).to.equal(2)
    for (let index = 0; index < 500; index += 1) await session.all(`SELECT ${index} AS n`)
    expect(await session.all('SELECT 1 AS n')).to.deep.equal([{ n: 1 }])
  })

  it('sees a column that was added under a statement it knows', async () => {
    await session.run('INSERT INTO notes (id) VALUES (1)')
    expect(await session.all('SELECT * FROM notes')).to.deep.equal([{ id: 1, text: null, n: null }])
    await session.run('ALTER TABLE notes ADD COLUMN late integer DEFAULT 3')
    expect(await session.all('SELECT * FROM notes')).to.deep.equal([{ id: 1, text: null, n: null, late: 3 }])
    expect(await session.rows('SELECT * FROM notes')).to.deep.equal([[1n, null, null, 3n]])
  })

  for (const width of [1, 2, 499, 500, 501, 1_999]) {
    it(`inserts rows of ${width} columns, in any number`, async () => {
      const columns = Array.from({ length: width }, (_, index) => `c${index}`)
      await session.run(`CREATE TABLE wide (${columns.map((name) => `${name} integer`).join(', ')})`)
      const count = width > 100 ? 3 : 1_037
      await session.insertRows(
        'wide',
        columns,
        Array.from({ length: count }, (_, row) => columns.map((_name, column) => row * 3 + column)),
      )
      const [found] = await session.rows(`SELECT count(*), min(c0), max(c${width - 1}), count(DISTINCT c0) FROM wide`)
      expect(found).to.deep.equal([BigInt(count), 0n, BigInt((count - 1) * 3 + width - 1), BigInt(count)])
    })
  }

  it('names a trigger that refused a row', async () => {
    await session.run(`CREATE TRIGGER no_bad BEFORE INSERT ON notes WHEN new.text = 'bad' BEGIN SELECT RAISE(ABORT, 'bad note'); END`)
    const error = await errorOf(session.run('INSERT INTO notes (text) VALUES (?)', ['bad']))
    expect(faultOf(error)).to.deep.equal({ kind: 'constraint', rule: 'trigger' })
    expect(String(error)).not.to.include('bad note')
  })

  it('calls a value that the rowid or a STRICT column refuses a value fault', async () => {
    await session.run('CREATE TABLE tight (n integer) STRICT')
    for (const sql of ['INSERT INTO tight VALUES (?)', 'INSERT INTO notes (id) VALUES (?)']) {
      expect(faultOf(await errorOf(session.run(sql, ['word'])))?.kind).to.equal('value')
    }
  })

  it('works on a WAL database, also read-only', async () => {
    await session.all('PRAGMA journal_mode = WAL')
    await session.begin()
    await session.run('INSERT INTO notes (id) VALUES (1)')
    await session.commit()
    await session.close()
    const reader = await openSession(knex, { readOnly: true })
    expect(await reader.all('SELECT id FROM notes')).to.deep.equal([{ id: 1 }])
    expect(isFerryError(await errorOf(reader.run('DELETE FROM notes')), 'FERRY_TARGET_READ_ONLY')).to.equal(true)
    await reader.close()
    await knex('notes').insert({ id: 2 })
    expect(existsSync(`${database.file}-wal`)).to.equal(true)
  })

  it('keeps a memory database when its commit fails', async () => {
    const memory = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
    try {
      const first = await openSession(memory)
      await first.run('CREATE TABLE nodes (id integer PRIMARY KEY, up integer REFERENCES nodes (id) DEFERRABLE INITIALLY DEFERRED)')
      await first.begin()
      await first.run('INSERT INTO nodes VALUES (1, 9)')
      expect(isFerryError(await errorOf(first.commit()), 'FERRY_LOAD_COMMIT')).to.equal(true)
      await first.close()
      expect(await memory('nodes').select()).to.deep.equal([])
    } finally {
      await memory.destroy()
    }
  })

  it('says that a file without write permission is read-only', async function () {
    if (process.getuid?.() === 0) return this.skip()
    await session.close()
    await knex.destroy()
    chmodSync(database.file, 0o400)
    knex = createKnex({ ...database.config, useNullAsDefault: true })
    session = await openSession(knex)
    expect(isFerryError(await errorOf(session.begin().then(() => session.run('DELETE FROM notes'))), 'FERRY_TARGET_READ_ONLY')).to.equal(
      true,
    )
  })

  it('makes an index in its own way, and leaves the connection as it was', async () => {
    const { createIndex } = session.dialect
    if (createIndex === undefined) throw new Error('SQLite has a way of its own')
    const settings = async () => [await session.rows('pragma cache_size'), await session.rows('pragma threads')]
    await session.run('pragma cache_size = -4321')
    const before = await settings()
    await createIndex(session, 'create index notes_by_text on notes (text)')
    expect((await session.dialect.readTable(session, 'notes'))?.indexes.map(({ name }) => name)).to.deep.equal(['notes_by_text'])
    expect(await errorOf(createIndex(session, 'create index notes_by_none on notes (none)'))).to.satisfy(isFerryError)
    expect(await settings()).to.deep.equal(before)
  })
})
