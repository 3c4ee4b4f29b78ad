import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import type { Knex } from 'knex'
import { field, key } from '../../../src/definition/builders.ts'
import type { ResolvedTransfer } from '../../../src/definition/transfer.ts'
import type { MappingInput } from '../../../src/definition/transfer-input.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { defineThings, moveThings, type Thing } from '../../support/things-transfer.ts'

forEachEngine('values that engines treat in their own ways', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-values-'))
    await db().session.close()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const define = (texts: readonly string[], columns: MappingInput<Thing>['columns']): ResolvedTransfer =>
    defineThings(
      folder,
      texts.map((text) => ({ text })),
      { columns },
    )

  it('keeps instants whatever zone a session has', async function () {
    if (db().engine === 'sqlite') this.skip()
    const instants = ['2025-03-30T01:30:00.123Z', '1975-12-31T23:59:59.999Z', '2025-10-26T00:30:00.000Z', '2024-02-29T12:00:00.500+05:30']
    const target = await openTarget({ config: withZone(db()) })
    try {
      const { knex, engine } = target
      await knex.schema.createTable('things', (table) => {
        table.string('id', 20).primary()
        table.specificType('zoned', engine === 'postgres' ? 'timestamptz(3)' : 'timestamp(3)').notNullable()
        table.specificType('plain', engine === 'postgres' ? 'timestamp(3)' : 'datetime(3)').notNullable()
      })
      const transfer = define(instants, { id: key().text(), zoned: field('text').timestamp(), plain: field('text').timestamp() })
      assert.deepEqual(await moveThings(transfer, target), [])
      const wanted = instants.map((text) => String(Date.parse(text)))
      const ms = (column: string) =>
        engine === 'postgres'
          ? `(extract(epoch from ${column}) * 1000)::bigint::text`
          : `cast(timestampdiff(microsecond, '1970-01-01', ${column}) div 1000 as char)`
      const zoned = engine === 'postgres' ? ms('zoned') : 'cast(round(unix_timestamp(zoned) * 1000) as char)'
      const answer = await knex.raw(`select ${zoned} as zoned, ${ms('plain')} as plain from things order by id`)
      const rows: { zoned: string; plain: string }[] = engine === 'postgres' ? answer.rows : answer[0]
      assert.deepEqual(
        rows.map((row) => row.zoned),
        wanted,
      )
      assert.deepEqual(
        rows.map((row) => row.plain),
        wanted,
      )
    } finally {
      await target.close()
    }
  })

  it('tells texts apart as the column does: what collides is forecast, and rejected one by one', async () => {
    const { target, engine } = db()
    await target.knex.schema.createTable('things', (table) => {
      table.string('id', 20).primary()
      table.string('code', 20).notNullable().unique()
    })
    const transfer = define(['ab', 'AB', 'x', 'Ab', 'e', 'é', 'y'], { id: key().text(), code: field('text').text() })
    const rejected = await moveThings(transfer, target)
    assert.deepEqual(rejected, engine === 'mysql' ? ['k1 UNIQUE', 'k3 UNIQUE', 'k5 UNIQUE'] : [])
    assert.equal(await count(target.knex), engine === 'mysql' ? 4 : 7)
  })

  it('rejects zero dates and days the calendar has not, one by one', async () => {
    const { target, engine } = db()
    await target.knex.schema.createTable('things', (table) => {
      table.string('id', 20).primary()
      table.date('day').notNullable()
    })
    const texts = ['2025-01-31', '0000-00-00', '2025-02-30', '2024-02-29', '2025-00-10', '0000-01-01']
    const rejected = await moveThings(define(texts, { id: key().text(), day: field('text').date() }), target)
    assert.deepEqual(
      rejected.map((text) => text.split(' ')[0]),
      // A year 0 is text like any other on SQLite; the servers have none.
      engine === 'sqlite' ? ['k1', 'k2', 'k4'] : ['k1', 'k2', 'k4', 'k5'],
    )
  })

  it('rejects U+0000 where the engine has none, and keeps it elsewhere', async () => {
    const { target, engine } = db()
    await target.knex.schema.createTable('things', (table) => {
      table.string('id', 20).primary()
      table.text('body').notNullable()
    })
    const texts = ['a', 'a\0b', 'ü\u{1f600}', '\0', '\ud800', 'z']
    const rejected = await moveThings(define(texts, { id: key().text(), body: field('text').text() }), target)
    assert.deepEqual(rejected, engine === 'postgres' ? ['k1 ENCODING', 'k3 ENCODING', 'k4 ENCODING'] : ['k4 ENCODING'])
    const bodies = await target.knex('things').orderBy('id').pluck('body')
    assert.deepEqual(
      bodies,
      texts.filter((_, n) => !rejected.some((text) => text.startsWith(`k${n} `))),
    )
  })
})

async function count(knex: Knex): Promise<number> {
  const [found] = await knex('things').count({ n: '*' })
  return Number(found?.n)
}

/** The configuration with every session of the pool in a zone far from UTC. */
function withZone(db: EngineDatabase): Knex.Config {
  const sql = db.engine === 'postgres' ? "set time zone 'Asia/Kolkata'" : "set time_zone = '+05:30'"
  const afterCreate = (
    connection: { query(sql: string, done: (error: Error | null) => void): void },
    done: (error: Error | null, connection: unknown) => void,
  ) => connection.query(sql, (error) => done(error, connection))
  return { ...db.config, pool: { min: 0, max: 3, afterCreate } }
}
