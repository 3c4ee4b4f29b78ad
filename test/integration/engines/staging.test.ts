import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { field, id } from '../../../src/definition/builders.ts'
import type { Conflict } from '../../../src/definition/transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { createKillingTarget } from '../../crash/killing-target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { defineThings } from '../../support/things-transfer.ts'

interface Song {
  readonly code: string
  readonly plays: number | null
  readonly at: string | null
  readonly cover: Uint8Array
}

const song = (n: number): Song => ({
  code: `s${n}`,
  plays: n % 7 === 0 ? null : n,
  at: n % 5 === 0 ? null : `2025-03-09T10:30:00.${100 + (n % 900)}Z`,
  cover: Buffer.from([0, n % 256, 9, 10, 92]),
})

forEachEngine('rows that meet others', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-staging-'))
    await db().session.close()
    await db().target.knex.schema.createTable('things', (table) => {
      table.string('id', 36).primary()
      table.string('code', 20).notNullable().unique()
      table.integer('plays').nullable().checkBetween([0, 9_999])
      table.timestamp('at', { precision: 3, useTz: true }).nullable()
      table.binary('cover').notNullable()
    })
    const rows = Array.from({ length: 300 }, (_, n) => ({ id: `own ${n}`, code: `s${n * 2}`, plays: 1, at: null, cover: Buffer.from([1]) }))
    await db().target.knex.batchInsert('things', rows, 100)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const define = (songs: readonly Song[], conflict: Conflict) =>
    defineThings<Song>(folder, songs, {
      conflict,
      match: ['code'],
      columns: {
        id: id.uuid(),
        code: field('code').text(),
        plays: field('plays').integer().optional(),
        at: field('at').timestamp().optional(),
        cover: field('cover').bytes(),
      },
    })
  const dump = () => db().target.knex('things').orderBy('code').select()
  const run = async (transfer: ReturnType<typeof define>) => {
    const statements: string[] = []
    const { target } = createKillingTarget(db().target, { at: 0, when: 'after' }, (_call, name, sql) => {
      if (name === 'run') statements.push(sql)
    })
    const result = await startTransfer({ transfer, target, noBackup: true })
    assert.isUndefined(result.error, JSON.stringify(result.error))
    return {
      counts: result.steps[0]?.counts,
      updates: statements.filter((sql) => /^update (?!ferry_)/i.test(sql) && sql.includes('things')),
    }
  }

  it('are updated by one statement a batch on a server, and rollback brings back what was', async () => {
    const before = await dump()
    const transfer = define(
      Array.from({ length: 500 }, (_, n) => song(n)),
      'upsert',
    )
    const { counts, updates } = await run(transfer)
    assert.include(counts, { inserted: 250, updated: 250, rejected: 0 })
    assert.lengthOf(updates, db().engine === 'sqlite' ? 250 : 1)
    const found = await db().target.knex('things').whereIn('code', ['s8', 's9']).orderBy('code').select('id', 'plays', 'cover')
    assert.deepEqual(
      found.map(({ plays, cover }) => [plays, [...cover]]),
      [8, 9].map((n) => [n, [0, n, 9, 10, 92]]),
    )
    assert.equal(found[0]?.id, 'own 4')
    await rollbackTransfer({ transfer, target: db().target })
    assert.deepEqual(await dump(), before)
  })

  it('are updated one by one where a rule refuses some, and only those are rejected', async () => {
    const songs = Array.from({ length: 60 }, (_, n) => (n === 10 || n === 12 ? { ...song(n), plays: -1 } : song(n)))
    const { counts } = await run(define(songs, 'upsert'))
    assert.include(counts, { inserted: 30, updated: 28, rejected: 2 })
    const [kept] = await db().target.knex('things').where({ code: 's10' }).select('plays')
    assert.equal(kept?.plays, 1)
  })

  it('are updated in parts around those that a rule refuses', async () => {
    const songs = Array.from({ length: 600 }, (_, n) => (n % 150 === 8 ? { ...song(n), plays: -1 } : song(n)))
    const { counts, updates } = await run(define(songs, 'upsert'))
    assert.include(counts, { inserted: 300, updated: 296, rejected: 4 })
    assert.isBelow(updates.length, db().engine === 'sqlite' ? 700 : 200)
    const kept = await db().target.knex('things').whereIn('code', ['s8', 's158', 's308', 's458']).select('plays')
    assert.deepEqual(
      kept.map(({ plays }) => plays),
      [1, 1, 1, 1],
    )
  })

  it('go back to what they were where one was updated twice, and where each took the value of the one before', async () => {
    const { knex } = db().target
    await knex('things').del()
    await knex.schema.table('things', (table) => table.unique(['plays']))
    const rows = Array.from({ length: 100 }, (_, n) => ({ id: `own ${n}`, code: `s${n}`, plays: n, at: null, cover: Buffer.from([1]) }))
    await knex.batchInsert('things', rows, 100)
    const before = await dump()
    // s0 takes a value that is free, s1 that of s0, and so on; then s0 again another.
    const songs = Array.from({ length: 100 }, (_, n) => ({ ...song(n), plays: n === 0 ? 1000 : n - 1, at: null }))
    const transfer = define([...songs, { ...song(0), plays: 1001 }, { ...song(0), plays: 1002 }], 'upsert')
    const { counts } = await run(transfer)
    assert.include(counts, { inserted: 0, updated: 102, rejected: 0 })
    const undone = await rollbackTransfer({ transfer, target: db().target })
    assert.deepEqual([undone.exitCode, undone.rows?.restored], [0, { things: 102 }])
    assert.deepEqual(await dump(), before)
  })

  it('are left alone by skip', async () => {
    const songs = Array.from({ length: 200 }, (_, n) => song(n))
    const { counts, updates } = await run(define(songs, 'skip'))
    assert.include(counts, { inserted: 100, skipped: 100, rejected: 0 })
    assert.lengthOf(updates, 0)
  })
})
