import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { field, id, key } from '../../../src/definition/builders.ts'
import { planTransfer } from '../../../src/run/plan-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { defineThings, moveThings } from '../../support/things-transfer.ts'

/** A text type that compares without case. */
const UNCASED = { sqlite: 'text collate nocase', postgres: 'citext', mysql: 'varchar(80) collate utf8mb4_unicode_ci' } as const

forEachEngine('columns and indexes of the rarer kind', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-odd-'))
    await db().session.close()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('lets an upsert meet the row that its column holds equal, in the table and in the batch', async () => {
    const { target, engine } = db()
    const { knex } = target
    if (engine === 'postgres') await knex.raw('create extension citext')
    await knex.raw(`create table things (id varchar(36) primary key, code ${UNCASED[engine]} not null unique, n integer not null)`)
    await knex('things').insert([
      { id: 'own', code: 'Bob', n: 0 },
      { id: 'other', code: 'left alone', n: 0 },
    ])
    const values = ['bob', 'eve', 'EVE', 'x', 'BOB'].map((code, n) => ({ code, n: n + 1 }))
    const columns = { id: id.uuid(), code: field('code').text(), n: field('n').integer() }
    const transfer = defineThings<{ code: string; n: number }>(folder, values, { columns, conflict: 'upsert', match: ['code'] })
    assert.deepEqual(await moveThings(transfer, target), [])
    assert.deepEqual(await knex('things').orderBy('n').select('code', 'n'), [
      { code: 'left alone', n: 0 },
      { code: 'EVE', n: 3 },
      { code: 'x', n: 4 },
      { code: 'BOB', n: 5 },
    ])
    await rollbackTransfer({ transfer, target })
    assert.deepEqual(await knex('things').orderBy('id').select(), [
      { id: 'other', code: 'left alone', n: 0 },
      { id: 'own', code: 'Bob', n: 0 },
    ])
  })

  it('forecasts no reject for a unique index that does not hold for the rows, and says that it was not asked', async () => {
    const { target, engine } = db()
    await target.knex.raw('create table things (id varchar(20) primary key, code varchar(40) not null, gone integer)')
    const index = engine === 'mysql' ? 'things (code(8))' : 'things (code) where gone is null'
    await target.knex.raw(`create unique index rarely on ${index}`)
    const values = ['aaaaaaaa one', 'bbbbbbbb', 'aaaaaaaa two'].map((code) => ({ code: engine === 'mysql' ? code : 'same', gone: 1 }))
    const transfer = defineThings<{ code: string; gone: number }>(folder, engine === 'mysql' ? values.slice(0, 2) : values, {
      columns: { id: key().text(), code: field('code').text(), gone: field('gone').integer() },
    })
    const { checks } = await planTransfer({ transfer, target })
    assert.include(checks.find(({ name }) => name === 'table-rules')?.detail, 'rarely')
    assert.deepEqual(await moveThings(transfer, target), [])
  })

  it('takes a user whose session is not strict, has no UTC and takes 0 for the next id', async function () {
    if (db().engine !== 'mysql') this.skip()
    const sql = "set sql_mode = '', time_zone = '-08:00', foreign_key_checks = 0"
    const afterCreate = (
      connection: { query(sql: string, done: (error: Error | null) => void): void },
      done: (error: Error | null, connection: unknown) => void,
    ) => connection.query(sql, (error) => done(error, connection))
    const target = await openTarget({ config: { ...db().config, pool: { min: 0, max: 3, afterCreate } } })
    try {
      await target.knex.raw(
        'create table things (id varchar(20) primary key, no bigint unsigned not null, name varchar(5) character set latin1 not null, at datetime(3))',
      )
      const values = [
        { no: '18446744073709551615', name: 'né€', at: '2025-03-09T10:30:00.123Z' },
        { no: '18446744073709551616', name: 'a', at: null },
        { no: '-1', name: 'a', at: null },
        { no: '0', name: 'longer', at: null },
        { no: '0', name: 'Ж', at: null },
        { no: '0', name: '', at: '0999-12-31T00:00:00.000Z' },
      ]
      const transfer = defineThings<(typeof values)[number]>(folder, values, {
        columns: {
          id: key().text(),
          no: field('no').bigint({ parse: true }),
          name: field('name').text(),
          at: field('at').timestamp().optional(),
        },
      })
      assert.deepEqual(await moveThings(transfer, target), ['k1 RANGE', 'k2 RANGE', 'k3 LENGTH', 'k4 ENCODING', 'k5 RANGE'])
      const [rows] = await target.knex.raw("select cast(no as char) as no, hex(name) as name, date_format(at, '%T.%f') as at from things")
      assert.deepEqual(rows, [{ no: '18446744073709551615', name: '6EE980', at: '10:30:00.123000' }])
    } finally {
      await target.close()
    }
  })

  it('leaves an index in place that a foreign key of another database needs, and knows nothing of that database', async function () {
    const { target, engine } = db()
    if (engine !== 'mysql') return this.skip()
    const { knex } = target
    const other = `${knex.client.database()}_other`
    await knex.raw(
      'create table things (id varchar(36) primary key, code varchar(20) not null, n integer not null, key by_code (code), key by_n (n))',
    )
    try {
      await knex.raw(`create database ${other}`)
      await knex.raw(
        `create table ${other}.notes (id integer primary key, code varchar(20), foreign key (code) references ${knex.client.database()}.things (code))`,
      )
    } catch (error) {
      // MySQL 8.4 takes no foreign key to columns that are not unique.
      if (!String(error).includes('unique')) throw error
      return this.skip()
    }
    try {
      const values = Array.from({ length: 50 }, (_, n) => ({ code: `c${n}`, n }))
      const columns = { id: id.uuid(), code: field('code').text(), n: field('n').integer() }
      const transfer = defineThings<{ code: string; n: number }>(folder, values, { columns })
      const dropped: string[] = []
      const result = await startTransfer({
        transfer,
        target,
        noBackup: true,
        deferIndexesFrom: 1,
        onEvent: (event) => void (event.type === 'indexes:dropped' && dropped.push(...event.names)),
      })
      assert.equal(result.status, 'completed', JSON.stringify(result.error))
      assert.deepEqual(dropped, ['by_n'])
      assert.deepEqual(await knex('ferry_indexes').select(), [])
      const session = await target.openSession()
      const indexes = (await target.dialect.readTable(session, 'things'))?.indexes.map(({ name }) => name)
      await session.close()
      assert.sameMembers(indexes ?? [], ['by_code', 'by_n'])
    } finally {
      await knex.raw(`drop database ${other}`)
    }
  })

  it('takes domains, enums, arrays and identities of a partitioned table in another schema', async function () {
    if (db().engine !== 'postgres') this.skip()
    const { target } = db()
    const { knex } = target
    await knex.raw(`create schema far;
      create domain far.share as integer check (value between 0 and 100);
      create type far.mood as enum ('sad', 'It''s "ok"');
      create table far.things (id integer generated always as identity, share far.share not null, mood far.mood, moods far.mood[],
        at timestamptz(3)[], days date[], no numeric, name text, primary key (id, share)) partition by range (share);
      create table far.low partition of far.things for values from (0) to (50);
      create table far.high partition of far.things for values from (50) to (100);
      create index by_name on far.things (name)`)
    const values = [
      {
        share: 1,
        mood: 'sad',
        moods: ['sad', `It's "ok"`, null],
        at: ['2025-03-09T10:30:00.123Z'],
        days: ['2024-02-29', null],
        no: '0.001',
      },
      { share: 99, mood: `It's "ok"`, moods: [], at: [], days: [], no: '123456789012345678901234567890.5' },
      { share: 101, mood: null, moods: null, at: null, days: null, no: null },
      { share: 2, mood: 'happy', moods: null, at: null, days: null, no: null },
      { share: 2, mood: null, moods: ['happy'], at: null, days: null, no: null },
      { share: 2, mood: null, moods: null, at: null, days: ['2025-02-30'], no: null },
      { share: 2, mood: null, moods: null, at: null, days: null, no: 'NaN' },
    ]
    const transfer = defineThings<(typeof values)[number]>(folder, values, {
      table: 'far.things',
      columns: {
        id: id.integer(),
        share: field('share').integer(),
        mood: field('mood').text().optional(),
        moods: field('moods').json().optional(),
        at: field('at').json().optional(),
        days: field('days').json().optional(),
        no: field('no').decimal().optional(),
      },
    })
    const rejected = await moveThings(transfer, target)
    assert.deepEqual(
      rejected.map((text) => text.split(' ')[0]),
      ['k2', 'k3', 'k4', 'k5', 'k6'],
    )
    const { rows } = await knex.raw('select id, share, mood::text, moods::text, days::text, no::text from far.things order by id')
    assert.deepEqual(rows, [
      { id: 1, share: 1, mood: 'sad', moods: `{sad,"It's \\"ok\\"",NULL}`, days: '{2024-02-29,NULL}', no: '0.001' },
      { id: 2, share: 99, mood: `It's "ok"`, moods: '{}', days: '{}', no: '123456789012345678901234567890.5' },
    ])
    const added = await knex.raw("insert into far.things (share, name) values (7, 'by the app') returning id")
    assert.isAbove(added.rows[0].id, 2)
    await rollbackTransfer({ transfer, target })
    assert.deepEqual(await knex('far.things').pluck('name'), ['by the app'])
  })
})
