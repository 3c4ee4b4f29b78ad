import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import type { Knex } from 'knex'
import { field, key } from '../../../src/definition/builders.ts'
import type { Conflict } from '../../../src/definition/transfer.ts'
import { planTransfer } from '../../../src/run/plan-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { failureOf } from '../../support/failure-of.ts'
import { defineThings } from '../../support/things-transfer.ts'

forEachEngine('a user with few rights', (db) => {
  const user = `ferry_${randomBytes(4).toString('hex')}`
  let folder = ''
  before(function () {
    if (this.test?.parent?.title.endsWith('sqlite')) this.skip()
  })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-rights-'))
    await db().session.close()
    const { knex } = db().target
    await knex.raw('create table things (id varchar(20) primary key, text varchar(20) not null)')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** A test with the user, who goes before the database does. */
  const withUser = (work: () => Promise<void>) => async () => {
    const { knex } = db().target
    if (db().engine === 'mysql') await knex.raw(`create user ${user} identified by 'few'`)
    else await knex.raw(`create role ${user} login password 'few'; revoke create on schema public from public`)
    try {
      await work()
    } finally {
      if (db().engine === 'postgres') await knex.raw(`drop owned by ${user} cascade`)
      await knex.raw(`drop ${db().engine === 'mysql' ? 'user' : 'role'} ${user}`)
    }
  }
  const grant = (rights: string, on: 'schema' | 'table') => {
    const place =
      db().engine === 'mysql' ? (on === 'schema' ? `${nameOf(db().config)}.*` : 'things') : `${on} ${on === 'schema' ? 'public' : 'things'}`
    return db().target.knex.raw(`grant ${rights} on ${place} to ${user}`)
  }
  const options = async (conflict: Conflict = 'insert') => {
    const url = new URL(String(db().config.connection))
    url.username = user
    url.password = 'few'
    const target = await openTarget({ config: { ...db().config, connection: url.href } })
    const transfer = defineThings(folder, [{ text: 'a' }], { columns: { id: key().text(), text: field('text').text() }, conflict })
    return { transfer, target, noBackup: true } as const
  }
  const permissions = async (conflict?: Conflict) => {
    const call = await options(conflict)
    try {
      const { checks } = await planTransfer(call)
      return checks.find(({ name }) => name === 'permissions')
    } finally {
      await call.target.close()
    }
  }

  it(
    'is told before the run what the server will refuse',
    withUser(async () => {
      await grant('select', 'table')
      const nothing = await permissions()
      assert.equal(nothing?.status, 'failed')
      for (const right of ['INSERT on things', 'CREATE TABLE']) assert.include(nothing?.detail, right)
      await grant('insert', 'table')
      if (db().engine === 'mysql') await grant('create', 'schema')
      else await grant('create, usage', 'schema')
      const insert = await permissions()
      assert.equal(insert?.status, 'warning')
      assert.include(insert?.detail, 'DELETE on things')
      const upsert = await permissions('upsert')
      assert.equal(upsert?.status, 'failed')
      assert.include(upsert?.detail, 'UPDATE on things')
      await grant('update, delete', 'table')
      assert.equal((await permissions('upsert'))?.status, 'passed')
    }),
  )

  it(
    'is refused before anything is written',
    withUser(async () => {
      await grant('select', 'table')
      const call = await options()
      try {
        assert.equal((await failureOf(startTransfer({ ...call, skipValidation: true }))).code, 'FERRY_PREFLIGHT_FAILED')
      } finally {
        await call.target.close()
      }
      assert.lengthOf(await db().target.knex('things').select(), 0)
      assert.isFalse(await db().target.knex.schema.hasTable('ferry_runs'))
    }),
  )

  it('has indexes and foreign keys taken away only where it may make them again', async function () {
    // On PostgreSQL they are their owner's: test/integration/target/postgres-introspect.test.ts.
    if (db().engine !== 'mysql') this.skip()
    await withUser(async () => {
      const { knex } = db().target
      await knex.raw('create table kids (id int primary key, thing varchar(20) references things (id), age int, index by_age (age))')
      const restorable = async () => {
        const { target } = await options()
        const session = await target.openSession()
        try {
          const kids = await session.dialect.readTable(session, 'kids')
          return [kids?.indexes.some(({ name, ddl }) => name === 'by_age' && ddl !== undefined), kids?.foreignKeys[0]?.restorable === true]
        } finally {
          await session.close()
          await target.close()
        }
      }
      await grant('select, insert, create, alter', 'schema')
      assert.deepEqual(await restorable(), [false, false])
      await grant('index', 'schema')
      assert.deepEqual(await restorable(), [true, false])
      await grant('references', 'table')
      assert.deepEqual(await restorable(), [true, true])
      await knex.raw(`revoke alter on ${nameOf(db().config)}.* from ${user}`)
      assert.deepEqual(await restorable(), [true, false])
    })()
  })
})

function nameOf(config: Knex.Config): string {
  return new URL(String(config.connection)).pathname.slice(1)
}
