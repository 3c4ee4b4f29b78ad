import { expect } from 'chai'
import type { FerryError } from '../../../src/core/errors.ts'
import { dialect, openSession } from '../../../src/target/dialects/postgres.ts'
import { faultOf } from '../../../src/target/engine-error.ts'
import type { Session } from '../../../src/target/target.ts'
import { createPostgresDatabase, type TestDatabase } from '../../support/postgres-database.ts'

async function failure(work: Promise<unknown>): Promise<FerryError> {
  try {
    await work
  } catch (error) {
    return error as FerryError
  }
  throw new Error('it did not fail')
}

describe('target/dialects/postgres session', function () {
  this.timeout(20_000)
  let database: TestDatabase
  let session: Session

  beforeEach(async () => {
    database = await createPostgresDatabase()
    await database.knex.raw(`
      create table parents (id integer primary key, name text not null unique, size integer check (size > 0));
      create table children (id bigint generated always as identity primary key, parent_id integer not null
        references parents (id) deferrable initially deferred, note varchar(5), at timestamptz);
    `)
    session = await openSession(database.knex)
  })
  afterEach(async () => {
    await session.close()
    await database.drop()
  })

  it('numbers placeholders but not question marks in texts, names and comments', async () => {
    const rows = await session.rows(`select ?::text, '?', "?" /* ? */, $$?$$, E'\\'?' from (select 1 as "?") t -- ?\n where 1 = ?`, [
      'a',
      1,
    ])
    expect(rows).to.deep.equal([['a', '?', 1, '?', "'?"]])
  })

  it('reads rows so that no digit is lost, in UTC', async () => {
    const [row] = await session.rows(
      `select 9007199254740993::bigint, 1.10::numeric, 0.1::float8, '2025-08-31 10:00:00.5+02'::timestamptz, '\\x00ff'::bytea, true, null, '{"a": 1}'::jsonb`,
    )
    expect(row).to.deep.equal([9007199254740993n, '1.10', 0.1, '2025-08-31 08:00:00.5+00', Buffer.from([0, 255]), true, null, '{"a": 1}'])
  })

  it('reads small integers of every type as numbers for state', async () => {
    const [row] = await session.all('select count(*) as a, sum(id) as b, 9007199254740993::bigint as c, 1.5::numeric as d from parents')
    expect(row).to.deep.equal({ a: 0, b: null, c: 9007199254740993n, d: '1.5' })
  })

  it('tells the clock of the database in ms, moving inside a transaction', async () => {
    await session.begin()
    const [first] = await session.all<{ now: number }>(`select ${dialect.nowMs} as now`)
    await session.all('select pg_sleep(0.02)')
    const [second] = await session.all<{ now: number }>(`select ${dialect.nowMs} as now`)
    await session.rollback()
    expect(Math.abs((first?.now ?? 0) - Date.now())).to.be.below(5000)
    expect((second?.now ?? 0) - (first?.now ?? 0)).to.be.at.least(15)
  })

  it('loads by COPY inside the transaction, explicit ids into GENERATED ALWAYS too', async () => {
    expect(session.bulkPath).to.equal('copy')
    await session.begin()
    await session.insertRows(
      'parents',
      ['id', 'name', 'size'],
      [
        [1, 'tab\tnew\nline\\ \\N \\. 😀', null],
        [2, '', 3],
      ],
    )
    await session.insertRows('children', ['id', 'parent_id', 'at'], [[7n, 1, '2025-08-31T10:00:00.123Z']])
    await session.commit()
    expect(await session.rows('select * from parents order by id')).to.deep.equal([
      [1, 'tab\tnew\nline\\ \\N \\. 😀', null],
      [2, '', 3],
    ])
    expect(await session.rows('select id, at from children')).to.deep.equal([[7n, '2025-08-31 10:00:00.123+00']])
  })

  it('loads many rows in binary, and in text where a value is of another form than its column', async () => {
    await session.run('create table forms (id bigint, word text, at timestamptz, amount numeric, tags text[])')
    const many = <T>(make: (index: number) => T) => Array.from({ length: 300 }, (_, index) => make(index))
    await session.insertRows(
      'forms',
      ['id', 'word', 'at'],
      many((index) => [index, `w${index}`, '2025-08-31T10:00:00.123Z']),
    )
    await session.insertRows(
      'forms',
      ['id', 'word', 'at'],
      many((index) => [String(index + 300), index, '2025-08-31 10:00:00.123+00']),
    )
    await session.insertRows(
      'forms',
      ['id', 'amount', 'tags'],
      many((index) => [index + 600, '-12345.6789', '{a}']),
    )
    const [sums] = await session.all(`select count(*) as n, sum(id) as ids, count(distinct at) as times, sum(amount) as total from forms`)
    expect(sums).to.deep.equal({ n: 900, ids: 404_550, times: 1, total: '-3703703.6700' })
    await session.run('truncate table forms')
    await session.run('alter table forms alter column id type integer, alter column word type varchar(3)')
    await session.insertRows(
      'forms',
      ['id', 'word'],
      many((index) => [index, 'abc']),
    )
    const error = await failure(
      session.insertRows(
        'forms',
        ['id', 'word'],
        many((index) => [index, index === 250 ? 'abcd' : 'abc']),
      ),
    )
    expect(faultOf(error)).to.deep.equal({ kind: 'value', detail: 'word', row: 251 })
  })

  it('takes back everything of a batch at rollback and goes on', async () => {
    await session.begin()
    await session.insertRows('parents', ['id', 'name'], [[1, 'a']])
    await session.rollback()
    expect(await session.all('select count(*) as n from parents')).to.deep.equal([{ n: 0 }])
  })

  it('names the row and rule of a failed COPY, and a savepoint brings the transaction back', async () => {
    await session.begin()
    await session.insertRows('parents', ['id', 'name'], [[1, 'a']])
    const cases: [string[], (string | number | null)[][], object][] = [
      [
        ['id', 'name'],
        [
          [2, 'b'],
          [3, 'c'],
          [1, 'd'],
        ],
        { kind: 'constraint', rule: 'primary_key', detail: 'parents_pkey', row: 3 },
      ],
      [
        ['id', 'name'],
        [
          [2, 'b'],
          [3, 'b'],
        ],
        { kind: 'constraint', rule: 'unique', detail: 'parents_name_key', row: 2 },
      ],
      [['id', 'name'], [[2, null]], { kind: 'constraint', rule: 'not_null', detail: 'name', row: 1 }],
      [
        ['id', 'name', 'size'],
        [
          [2, 'b', 1],
          [3, 'c', -1],
        ],
        { kind: 'constraint', rule: 'check', detail: 'parents_size_check', row: 2 },
      ],
      [
        ['id', 'name'],
        [
          [2, 'b'],
          [99999999999, 'c'],
        ],
        { kind: 'value', detail: 'id', row: 2 },
      ],
    ]
    for (const [columns, rows, fault] of cases) {
      await session.savepoint('part')
      const error = await failure(session.insertRows('parents', columns, rows))
      expect(faultOf(error)).to.deep.equal(fault)
      await session.rollbackTo('part')
    }
    await session.commit()
    expect(await session.rows('select id, name from parents')).to.deep.equal([[1, 'a']])
  })

  it('classifies foreign keys, triggers, lock timeouts and read-only transactions', async () => {
    await session.run('alter table children alter constraint children_parent_id_fkey not deferrable')
    const foreign = await failure(session.insertRows('children', ['parent_id'], [[9]]))
    expect(faultOf(foreign)).to.deep.equal({ kind: 'constraint', rule: 'foreign_key', detail: 'children_parent_id_fkey' })
    await session.run(`create function no() returns trigger language plpgsql as $$ begin raise exception 'no ?'; end $$`)
    await session.run('create trigger no before insert on parents for each row execute function no()')
    expect(faultOf(await failure(session.insertRows('parents', ['id', 'name'], [[1, 'a']])))).to.include({ rule: 'trigger', row: 1 })
    const reader = await openSession(database.knex, { readOnly: true })
    expect(faultOf(await failure(reader.run('create table x (a int)')))?.kind).to.equal('read-only')
    await session.begin()
    await session.run('lock table parents')
    await reader.begin()
    await reader.run(`set local lock_timeout = '50ms'`)
    expect(faultOf(await failure(reader.all('select * from parents')))?.kind).to.equal('transient')
    await session.rollback()
    await reader.close()
  })

  it('fails a COMMIT that a deferred constraint refuses, and never uses the connection again', async () => {
    const [before] = await session.all<{ pid: number }>('select pg_backend_pid() as pid')
    await session.begin()
    await session.insertRows('children', ['parent_id'], [[9]])
    expect((await failure(session.commit())).code).to.equal('FERRY_LOAD_COMMIT')
    expect(session.inTransaction).to.equal(false)
    await session.close()
    session = await openSession(database.knex)
    expect(await session.all('select count(*) as n from children')).to.deep.equal([{ n: 0 }])
    const [after] = await session.all<{ pid: number }>('select pg_backend_pid() as pid')
    expect(after?.pid).not.to.equal(before?.pid)
  })

  it('fails a COMMIT that the server answers with ROLLBACK', async () => {
    await session.begin()
    await session.run(`insert into parents values (1, 'a')`)
    await failure(session.run('select 1/0'))
    expect((await failure(session.commit())).code).to.equal('FERRY_LOAD_COMMIT')
  })

  it('tells a killed backend as a lost connection, and opens again', async () => {
    const [own] = await session.all<{ pid: number }>('select pg_backend_pid() as pid')
    await session.begin()
    await session.insertRows('parents', ['id', 'name'], [[1, 'a']])
    await database.admin(`select pg_terminate_backend(${own?.pid})`)
    expect(faultOf(await failure(session.commit()))?.kind).to.equal('connection')
    await session.rollback()
    await session.close()
    session = await openSession(database.knex)
    expect(await session.all('select count(*) as n from parents')).to.deep.equal([{ n: 0 }])
  })

  it('tells a backend killed during COPY as a lost connection', async () => {
    const [own] = await session.all<{ pid: number }>('select pg_backend_pid() as pid')
    await session.begin()
    await session.run(`create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(10); return new; end $$`)
    await session.run('create trigger wait before insert on parents for each row execute function wait()')
    const load = failure(session.insertRows('parents', ['id', 'name'], [[1, 'a']]))
    setTimeout(() => void database.admin(`select pg_terminate_backend(${own?.pid})`), 100)
    expect(faultOf(await load)?.kind).to.equal('connection')
  })

  it('gives the connection back as it was, and a transaction left open never', async () => {
    await session.close()
    const zone = async () => (await database.knex.raw('show timezone')).rows[0].TimeZone
    expect(await zone()).to.equal('America/New_York')
    session = await openSession(database.knex)
    await session.begin()
    await session.run(`insert into parents values (1, 'a')`)
    await session.close()
    expect((await database.knex('parents').count())[0]?.count).to.equal('0')
  })
})
