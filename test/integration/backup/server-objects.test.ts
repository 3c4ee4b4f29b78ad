import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import type { Knex } from 'knex'
import { createBackup } from '../../../src/backup/create-backup.ts'
import { restoreBackup } from '../../../src/backup/restore-backup.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { createMysqlDatabase } from '../../support/mysql-database.ts'
import { createPostgresDatabase, type TestDatabase } from '../../support/postgres-database.ts'

/** Everything but plain tables that an app keeps in a database, by statements; and questions whose answers must survive. */
const SERVERS: readonly {
  readonly name: string
  readonly create: () => Promise<TestDatabase>
  readonly make: readonly string[]
  readonly later: readonly string[]
  readonly ask: readonly string[]
}[] = [
  {
    name: 'PostgreSQL',
    create: createPostgresDatabase,
    make: [
      'create schema "odd schema"',
      `create type "odd schema".mood as enum ('good', 'bad')`,
      'create domain positive as integer check (value > 0)',
      'create table things (id integer generated always as identity primary key, amount positive)',
      'insert into things (amount) values (1), (2)',
      'create table "odd schema"."odd table" (id serial primary key, mood "odd schema".mood, thing integer references things (id))',
      `insert into "odd schema"."odd table" (mood, thing) values ('good', 1)`,
      'create view seen as select count(*) as n from things',
      'create materialized view kept as select count(*) as n from things',
      'create function twice(n integer) returns integer language sql as $$ select n * 2 $$',
      `create function stamp() returns trigger language plpgsql as $$ begin new.amount := new.amount + 100; return new; end $$`,
      'create trigger stamp_things before insert on things for each row execute function stamp()',
      `select lo_from_bytea(4711, 'large'::bytea)`,
      'create publication told for table things',
      'create sequence counter start 42',
      "select nextval('counter')",
    ],
    later: [
      `create type later as enum ('a')`,
      'create table more (l later, thing integer references things (id))',
      'create function thrice(n integer) returns integer language sql as $$ select n * 3 $$',
      'create schema new_schema',
      'create table new_schema.t (id integer)',
      'drop view seen',
      "select nextval('counter')",
      'insert into things (amount) values (3)',
    ],
    ask: [
      'select * from things order by id',
      'select * from "odd schema"."odd table"',
      'select * from seen, kept',
      'select twice(4) as n, last_value from counter',
      `select convert_from(lo_get(4711), 'utf8') as text`,
      'select pubname from pg_publication',
      `select typname from pg_type where typname in ('mood', 'later', 'positive') order by 1`,
      `select nspname from pg_namespace where nspname !~ '^pg_' order by 1`,
      `select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
      'insert into things (amount) values (5) returning id, amount',
    ],
  },
  {
    name: 'MySQL',
    create: createMysqlDatabase,
    make: [
      'create table `odd table` (id integer auto_increment primary key, amount integer, bytes blob)',
      'create trigger stamp_things before insert on `odd table` for each row set new.amount = new.amount + 100',
      "insert into `odd table` (amount, bytes) values (1, x'00FF0A0D1A275C'), (2, null)",
      'create view seen as select count(*) as n from `odd table`',
      'create procedure told(in n integer) select n * 2 as n',
      'create function twice(n integer) returns integer deterministic return n * 2',
    ],
    later: [
      'create table more (id integer)',
      'create function thrice(n integer) returns integer deterministic return n * 3',
      'drop view seen',
      'insert into `odd table` (amount) values (3)',
      'create view newer as select 1 as one',
    ],
    ask: [
      'select id, amount, hex(bytes) as h from `odd table` order by id',
      'select * from seen',
      'select twice(4) as n',
      'select table_name as t from information_schema.tables where table_schema = database() order by 1',
      'select routine_name as r from information_schema.routines where routine_schema = database() order by 1',
      'select trigger_name as t from information_schema.triggers where trigger_schema = database()',
    ],
  },
]

for (const { name, create, make, later, ask } of SERVERS) {
  describe(`everything an app keeps in ${name}`, () => {
    let database: TestDatabase
    let folder: string

    before(async function () {
      try {
        await (await create()).drop()
      } catch (error) {
        if (process.env.CI) throw error
        this.skip()
      }
    })
    beforeEach(async () => {
      database = await create()
      folder = mkdtempSync(join(tmpdir(), 'ferry-backup-'))
    })
    afterEach(async () => {
      await database?.drop()
      rmSync(folder ?? '', { recursive: true, force: true })
    })

    /** Each question in a transaction that is rolled back. */
    const answers = async (knex: Knex): Promise<string> => {
      const told: unknown[] = []
      for (const sql of ask) {
        const trx = await knex.transaction()
        const found = await trx.raw(sql)
        told.push(Array.isArray(found) ? found[0] : found.rows)
        await trx.rollback()
      }
      return JSON.stringify(told, null, 1)
    }

    it('comes back, and what was made later goes', async () => {
      const { knex } = database
      for (const sql of make) await knex.raw(sql)
      const before = await answers(knex)
      const target = await openTarget({ knex })
      const session = await target.openSession()
      const backup = await createBackup({ target, session, folder, now: () => Date.now(), report: () => {} })
      await session.close()
      for (const sql of later) await knex.raw(sql)
      await restoreBackup({ target, manifest: backup.manifest })
      const after = await answers(knex)
      // the insert of the last question used up one id before the backup: an identity is never taken back
      assert.equal(after, before.replace(/"id": 3,(\s+"amount": 105)/, '"id": 4,$1'))
      await restoreBackup({ target, manifest: backup.manifest })
    })
  })
}
