import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { field, key, reference } from '../../../src/definition/builders.ts'
import type { LoadContext } from '../../../src/load/load-context.ts'
import { writeLinks } from '../../../src/load/write-links.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import type { TransformedRow } from '../../../src/transform/pipeline.ts'
import { createKillingTarget } from '../../crash/killing-target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { defineLinks, type Person, writePeople } from '../../support/links-transfer.ts'
import { defineThings } from '../../support/things-transfer.ts'

const DEFINITION = fileURLToPath(new URL('../../support/links-definition.ts', import.meta.url))

/** Half of them have a boss, who may come later. */
const people = (count: number): Person[] =>
  Array.from({ length: count }, (_, n) => (n % 2 === 0 ? { code: `c${n}` } : { code: `c${n}`, boss: `k${(n * 7) % count}` }))

const WAYS = [
  { name: 'one thread', options: { workers: 0 } },
  { name: 'worker threads', options: { definitionFile: DEFINITION, workers: 2, workersFrom: 1 } },
] as const

forEachEngine('links within a table', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-links-'))
    await db().session.close()
    await db().target.knex.schema.createTable('things', (table) => {
      table.string('id', 36).primary()
      table.string('code', 20).notNullable()
      table.string('boss_id', 36).nullable().references('things.id')
    })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const define = (given: readonly Person[]) => {
    writePeople(folder, given)
    process.env.FERRY_LINKS_FOLDER = folder
    return defineLinks(folder)
  }

  const run = async (
    transfer: ReturnType<typeof define>,
    options: Pick<TransferOptions, 'definitionFile' | 'workers' | 'workersFrom'> = {},
  ) => {
    const statements: string[] = []
    const { target } = createKillingTarget(db().target, { at: 0, when: 'after' }, (_call, name, sql) => {
      if (name === 'run') statements.push(sql)
    })
    const result = await startTransfer({ transfer, target, noBackup: true, ...options })
    assert.isUndefined(result.error, JSON.stringify(result.error))
    return { result, updates: statements.filter((sql) => /^update (?!ferry_)/i.test(sql) && sql.includes('boss_id')) }
  }
  const bosses = async (): Promise<Record<string, string | null>> => {
    const rows: { code: string; boss: string | null }[] = await db()
      .target.knex('things as t')
      .leftJoin('things as b', 't.boss_id', 'b.id')
      .select({ code: 't.code', boss: 'b.code' })
    return Object.fromEntries(rows.map(({ code, boss }) => [code, boss]))
  }

  for (const { name, options } of WAYS) {
    it(`are set by one statement a batch on a server, verified, and taken out again (${name})`, async function () {
      this.timeout(30_000)
      const transfer = define(people(400))
      const { result, updates } = await run(transfer, options)
      assert.deepInclude(result.steps[1]?.counts, { read: 400, linked: 200 })
      assert.lengthOf(updates, db().engine === 'sqlite' ? 200 : 1)
      const found = await bosses()
      for (const [n, { boss = null }] of people(400).entries()) assert.equal(found[`k${n}`], boss)
      assert.isTrue((await verifyTransfer({ transfer, target: db().target })).passed)
      const undone = await rollbackTransfer({ transfer, target: db().target })
      assert.deepEqual(undone.rows?.keptCount, {})
      assert.lengthOf(await db().target.knex('things').select(), 0)
    })

    it(`that a rule refuses are rejected, and those beside them are set (${name})`, async function () {
      this.timeout(30_000)
      const { knex } = db().target
      const given = people(100)
      await knex.schema.table('things', (table) => table.unique(['boss_id']))
      // Two of one boss: the first in the source has it.
      given[3] = { code: 'c3', boss: 'k7' }
      const { result } = await run(define(given), options)
      assert.equal(result.steps[1]?.counts.linked, 49)
      const found = await bosses()
      assert.equal(found.k1, 'k7')
      assert.equal(found.k3, null)
      const rejects = await knex('ferry_rejects').select('stage', 'item_ordinal')
      assert.deepEqual(
        rejects.map((reject) => ({ ...reject, item_ordinal: Number(reject.item_ordinal) })),
        [{ stage: 'link', item_ordinal: 3 }],
      )
    })
  }

  it('are taken out by a server that has counted their table', async function () {
    if (db().engine !== 'postgres') return this.skip()
    const rows = async () => (await db().target.knex('pg_class').where({ relname: 'things' }).select('reltuples'))[0]?.reltuples
    const transfer = define(people(400))
    await run(transfer)
    await rollbackTransfer({ transfer, target: db().target })
    assert.equal(await rows(), 400)
  })

  it('that a rule refuses here and there cost no statement for each of the others', async () => {
    const { knex } = db().target
    await knex.schema.table('things', (table) => table.unique(['boss_id']))
    const given = people(1000).map((person, n) => (n % 200 === 199 ? { ...person, boss: 'k7' } : person))
    const { result, updates } = await run(define(given))
    assert.equal(result.steps[1]?.counts.linked, 495)
    const rejects: { item_ordinal: number }[] = await knex('ferry_rejects').select('item_ordinal').orderBy('item_ordinal')
    assert.deepEqual(
      rejects.map(({ item_ordinal: ordinal }) => Number(ordinal)),
      [199, 399, 599, 799, 999],
    )
    // On SQLite a statement is a call: those before a refused row are made twice.
    assert.isBelow(updates.length, db().engine === 'sqlite' ? 1100 : 300)
  })

  it('of rows that an upsert meets are what they were after a rollback', async () => {
    const { knex } = db().target
    const own = Array.from({ length: 60 }, (_, n) => ({ id: `k${n}`, code: `own ${n}`, boss_id: n % 3 === 0 ? `k${(n + 1) % 60}` : null }))
    await knex('things').insert(own.map((row) => ({ ...row, boss_id: null })))
    for (const { id: own_id, boss_id } of own) await knex('things').where({ id: own_id }).update({ boss_id })
    const before = await knex('things').orderBy('id').select()
    const transfer = defineThings<Person>(folder, people(100), {
      conflict: 'upsert',
      match: ['id'],
      columns: { id: key().text(), code: field('code').text(), boss_id: reference('things', 'boss', { missing: 'null' }).optional() },
    })
    const { result } = await run(transfer)
    assert.deepInclude(result.steps[0]?.counts, { inserted: 40, updated: 60 })
    const bossOf = Object.fromEntries((await knex('things').select('id', 'boss_id')).map(({ id: own_id, boss_id }) => [own_id, boss_id]))
    assert.equal(bossOf.k3, 'k4', 'one that was set')
    assert.equal(bossOf.k1, 'k7', 'one that was not')
    const undone = await rollbackTransfer({ transfer, target: db().target })
    assert.equal(undone.exitCode, 0, JSON.stringify(undone.rows))
    assert.deepEqual(await knex('things').orderBy('id').select(), before)
  })

  it('that the app has set stay as they are, and of two for one row the first counts, as statement by statement', async () => {
    const { target, session: before } = db()
    await before.close()
    const session = await target.openSession()
    try {
      const row = (n: number) => [`r${n}`, `code ${n}`, n === 5 ? 'r0' : null]
      await session.begin()
      await session.insertRows(
        'things',
        ['id', 'code', 'boss_id'],
        Array.from({ length: 40 }, (_, n) => row(n)),
      )
      const table = await session.dialect.readTable(session, 'things')
      const context = { session, pipeline: { table, step: { columns: ['id', 'boss_id'] } } } as unknown as LoadContext
      const link = (id: string, boss: string) => ({ row: [id, boss] }) as unknown as TransformedRow
      const links = [
        ...Array.from({ length: 40 }, (_, n) => link(`r${n}`, `r${(n + 1) % 40}`)),
        link('r7', 'r30'),
        link('a row that is gone', 'r1'),
      ]
      const { linked, rejects } = await writeLinks(context, links)
      await session.commit()
      assert.deepEqual(rejects, [])
      const others = Array.from({ length: 40 }, (_, n) => n).filter((n) => n !== 5)
      assert.deepEqual(
        linked.map(({ row }) => row),
        others.map((n) => [`r${n}`, `r${(n + 1) % 40}`]),
      )
      const found: { id: string; boss_id: string }[] = await session.all('select id, boss_id from things')
      const bosses = Object.fromEntries(found.map(({ id, boss_id: boss }) => [id, boss]))
      for (const n of others) assert.equal(bosses[`r${n}`], `r${(n + 1) % 40}`)
      assert.equal(bosses.r5, 'r0')
    } finally {
      await session.close()
    }
  })
})
