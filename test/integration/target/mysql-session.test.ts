import { expect } from 'chai'
import type { FerryError } from '../../../src/core/errors.ts'
import { dialect, openSession } from '../../../src/target/dialects/mysql.ts'
import { faultOf } from '../../../src/target/engine-error.ts'
import type { Session } from '../../../src/target/target.ts'
import { createMysqlDatabase } from '../../support/mysql-database.ts'
import type { TestDatabase } from '../../support/postgres-database.ts'

async function failure(work: Promise<unknown>): Promise<FerryError> {
  try {
    await work
  } catch (error) {
    return error as FerryError
  }
  throw new Error('it did not fail')
}

/** Rows from 1 to `count`, enough for LOAD DATA. */
function manyRows(count: number): [number, string][] {
  return Array.from({ length: count }, (_, index) => [index + 1, `n${index + 1}`])
}

describe('target/dialects/mysql session', function () {
  this.timeout(30_000)
  let database: TestDatabase
  let session: Session

  beforeEach(async () => {
    database = await createMysqlDatabase()
    await database.knex.raw(`
      create table parents (id integer primary key, name varchar(100) not null unique, size integer, constraint size_check check (size > 0)) collate utf8mb4_bin;
      create table children (id bigint auto_increment primary key, parent_id integer not null, note varchar(5), at timestamp(3) null, data varbinary(20),
        constraint up foreign key (parent_id) references parents (id));
    `)
    session = await openSession(database.knex)
  })
  afterEach(async () => {
    await session.close()
    await database.drop()
  })

  it('fills placeholders but not question marks in texts, names and comments', async () => {
    const sql = 'select ?, \'?\', `?` /* ? */, "it\\"s ?" from (select 1 as `?`) t -- ?\n where 1 = ? # ?'
    const rows = await session.rows(sql, [`a'\\"\n\0?`, 1])
    expect(rows).to.deep.equal([[`a'\\"\n\0?`, '?', 1, 'it"s ?']])
  })

  it('reads rows so that no digit is lost, in UTC', async () => {
    const [row] = await session.rows(
      `select 9007199254740993, 18446744073709551615, 1.10, 0.1e0, 5e-324, timestamp'2025-08-31 10:00:00.5', x'00ff', null, 'ü😀', cast('2025-01-01' as date)`,
    )
    expect(row).to.deep.equal([
      9007199254740993n,
      18446744073709551615n,
      '1.10',
      0.1,
      5e-324,
      '2025-08-31 10:00:00.5',
      Buffer.from([0, 255]),
      null,
      'ü😀',
      '2025-01-01',
    ])
    expect(
      await session.all('select count(*) as a, sum(size) as b, 9007199254740993 as c, 1.5 as d, sum(3) as e from parents'),
    ).to.deep.equal([{ a: 0, b: null, c: 9007199254740993n, d: '1.5', e: null }])
  })

  it('tells the clock of the database in ms', async () => {
    const [row] = await session.all<{ now: number }>(`select ${dialect.nowMs} as now`)
    expect(Math.abs((row?.now ?? 0) - Date.now())).to.be.below(5000)
  })

  it('is strict, reads committed rows only, and keeps an explicit id of 0', async () => {
    await session.run(`insert into parents values (0, 'a', 1)`)
    await session.run('insert into children (id, parent_id) values (0, 0)')
    expect(await session.rows('select id from children')).to.deep.equal([[0n]])
    const error = await failure(session.run(`insert into children (parent_id, note) values (0, 'too long')`))
    expect(faultOf(error)).to.deep.equal({ kind: 'value', detail: 'note', row: 1 })
    const [level] = await session.all('select @@session.tx_isolation as level')
    expect(level).to.deep.equal({ level: 'READ-COMMITTED' })
  })

  it('loads by LOAD DATA inside the transaction, every character and byte as it was', async () => {
    expect(session.bulkPath).to.equal('load data')
    const nasty = ['', 'tab\tnew\nline\r\\ \\N \\. 😀\0', 'NULL', "it's", '\\', '\x1a', 'a,"b"', ' ']
    const rows = Array.from({ length: 40 }, (_, index) => [index, `${nasty[index % nasty.length]}${index}`, index % 2 ? null : 5])
    await session.begin()
    await session.insertRows('parents', ['id', 'name', 'size'], rows)
    const bytes = rows.map(([id]) => [
      id ?? null,
      1,
      Number(id) % 3 ? Buffer.from([0, 9, 10, 92, Number(id)]) : null,
      '2025-08-31 10:00:00.123',
    ])
    await session.insertRows('children', ['id', 'parent_id', 'data', 'at'], bytes)
    expect(await session.rows('select id, name, size from parents order by id')).to.deep.equal(rows)
    const back = await session.rows('select id, parent_id, data, at from children order by id')
    expect(back.map(([id, ...rest]) => [Number(id), ...rest])).to.deep.equal(bytes)
    await session.rollback()
    expect(await session.all('select count(*) as n from parents')).to.deep.equal([{ n: 0 }])
  })

  const broken: [string, (string | number | null)[], object][] = [
    ['a duplicate of the primary key', [1, 'x', 1], { kind: 'constraint', rule: 'primary_key', detail: 'PRIMARY' }],
    ['a duplicate of a unique key', [99, 'n1', 1], { kind: 'constraint', rule: 'unique', detail: 'name' }],
    ['NULL in a NOT NULL column', [99, null, 1], { kind: 'constraint', rule: 'not_null', detail: 'name' }],
    ['a failed check', [99, 'x', -1], { kind: 'constraint', rule: 'check', detail: 'size_check' }],
    ['a value out of range', [99, 'x', 2 ** 40], { kind: 'value', detail: 'size', row: 51 }],
    ['a text cut off', [99, 'x'.repeat(101), 1], { kind: 'value', detail: 'name', row: 51 }],
  ]
  for (const [title, bad, fault] of broken) {
    it(`refuses a LOAD DATA with ${title}, which the server lets pass`, async () => {
      await session.begin()
      await session.savepoint('batch')
      const rows = [...manyRows(50).map((row) => [...row, 1]), bad]
      expect(faultOf(await failure(session.insertRows('parents', ['id', 'name', 'size'], rows)))).to.include(fault)
      await session.rollbackTo('batch')
      await session.savepoint('one')
      const one = faultOf(await failure(session.insertRows('parents', ['id', 'name', 'size'], [[1, 'n1', 1], bad])))
      expect(one).to.include({ ...fault, ...('row' in fault ? { row: 2 } : {}) })
      await session.rollbackTo('one')
      await session.commit()
      expect(await session.all('select count(*) as n from parents')).to.deep.equal([{ n: 0 }])
    })
  }

  it('refuses a LOAD DATA with a missing parent, and triggers that say no', async () => {
    await session.begin()
    const foreign = await failure(
      session.insertRows(
        'children',
        ['id', 'parent_id'],
        manyRows(30).map(([id]) => [id, id]),
      ),
    )
    expect(faultOf(foreign)).to.include({ kind: 'constraint', rule: 'foreign_key', detail: 'up' })
    await session.rollback()
    await session.run(`create trigger no before insert on parents for each row signal sqlstate '45000' set message_text = 'no'`)
    for (const count of [1, 30]) {
      expect(faultOf(await failure(session.insertRows('parents', ['id', 'name'], manyRows(count))))).to.include({ rule: 'trigger' })
    }
  })

  it('inserts many rows in statements that the server takes, where it forbids LOAD DATA', async () => {
    const plain = await createMysqlDatabase({ connection: { flags: ['-LOCAL_FILES'] } })
    const other = await openSession(plain.knex)
    try {
      expect(other.bulkPath).to.equal('multi-row insert')
      await other.run('create table parents (id integer primary key, name text not null)')
      const rows = manyRows(3000).map(([id]) => [id, 'ü'.repeat(1000)])
      await other.insertRows('parents', ['id', 'name'], rows)
      const late = [...manyRows(2000).map(([id]) => [id + 5000, 'ü'.repeat(1000)]), [9999, null]]
      expect(faultOf(await failure(other.insertRows('parents', ['id', 'name'], late)))).to.include({ rule: 'not_null' })
      await other.run('delete from parents where id > 5000')
      const long = [...manyRows(2000).map(([id]) => [id + 5000, 'ü'.repeat(1000)]), [2 ** 40, '']]
      expect(faultOf(await failure(other.insertRows('parents', ['id', 'name'], long)))).to.include({ kind: 'value', row: 2001 })
      await other.run('delete from parents where id > 5000')
      expect(await other.all('select count(*) as n, sum(char_length(name)) as chars from parents')).to.deep.equal([
        { n: 3000, chars: 3_000_000 },
      ])
    } finally {
      await other.close()
      await plain.drop()
    }
  })

  it('tells lock timeouts and deadlocks as transient, and lets nothing through until the rollback', async () => {
    await session.run(`insert into parents values (1, 'a', 1), (2, 'b', 1)`)
    const other = await openSession(database.knex)
    await other.run('set innodb_lock_wait_timeout = 1')
    await session.begin()
    await session.run('update parents set size = 2 where id = 1')
    await other.begin()
    await other.run('update parents set size = 3 where id = 2')
    expect(faultOf(await failure(other.run('update parents set size = 3 where id = 1')))?.kind).to.equal('transient')
    expect(faultOf(await failure(other.run(`insert into parents values (9, 'z', 1)`)))?.kind).to.equal('transient')
    await other.rollback()
    await other.run('set innodb_lock_wait_timeout = 20')
    await other.begin()
    await other.run('update parents set size = 3 where id = 2')
    const both = await Promise.allSettled([
      session.run('update parents set size = 2 where id = 2'),
      other.run('update parents set size = 3 where id = 1'),
    ])
    const lost = both.flatMap((one) => (one.status === 'rejected' ? [faultOf(one.reason)?.kind] : []))
    expect(lost).to.deep.equal(['transient'])
    await session.rollback()
    await other.rollback()
    await other.close()
    expect(await session.rows('select size from parents')).to.deep.equal([[1], [1]])
  })

  it('tells a killed connection as lost, in a statement, in LOAD DATA and in COMMIT', async () => {
    for (const doing of ['statement', 'load', 'commit'] as const) {
      const one = await openSession(database.knex)
      const [own] = await one.all<{ id: number }>('select connection_id() as id')
      await one.begin()
      await one.insertRows('parents', ['id', 'name'], manyRows(30))
      await database.admin(`kill ${own?.id}`)
      const work = {
        statement: () => one.run('select 1'),
        load: () => one.insertRows('parents', ['id', 'name'], manyRows(30)),
        commit: () => one.commit(),
      }
      expect(faultOf(await failure(work[doing]()))?.kind, doing).to.equal('connection')
      await one.rollback()
      await one.close()
    }
    expect(await session.all('select count(*) as n from parents')).to.deep.equal([{ n: 0 }])
  })

  it('gives the connection back as it was', async () => {
    await dialect.setForeignKeyChecks(session, false)
    await session.close()
    const read = async () => {
      const [rows] = await database.knex.raw(
        'select @@time_zone as zone, @@sql_mode as mode, @@foreign_key_checks as checks, @@tx_isolation as level, @@tx_read_only as ro',
      )
      return { ...rows[0] }
    }
    const plain = { zone: '-05:00', mode: '', checks: 1, level: 'REPEATABLE-READ', ro: 0 }
    expect(await read()).to.deep.equal(plain)
    const reader = await openSession(database.knex, { readOnly: true })
    expect(faultOf(await failure(reader.run(`insert into parents values (1, 'a', 1)`)))?.kind).to.equal('read-only')
    await reader.close()
    expect(await read()).to.deep.equal(plain)
  })
})
