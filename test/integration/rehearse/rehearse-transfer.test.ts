import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from 'chai'
import { rehearseTransfer } from '../../../src/run/rehearse-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { failureOf } from '../../support/failure-of.ts'
import { dumpWorld, forEachWorld } from '../../support/world-run.ts'

forEachWorld('a rehearsal', { teams: 8 }, (run) => {
  const leftovers = async (): Promise<string[]> => {
    const { engine, target } = run().db
    if (engine === 'sqlite') return []
    const sql =
      engine === 'postgres' ? 'select datname as name from pg_database' : 'select schema_name as name from information_schema.schemata'
    const found: { name: string }[] = await target.knex.raw(sql).then((told) => (engine === 'postgres' ? told.rows : told[0]))
    return found.map(({ name }) => name).filter((name) => name.startsWith('ferry_rehearsal_'))
  }

  it('goes there and back on a copy, and leaves the target and the disk as they were', async () => {
    const before = await dumpWorld(run().knex)
    const others = await leftovers()
    const { transfer, target } = run().common
    const events: string[] = []
    const result = await rehearseTransfer({ transfer, target, migrate: false, onEvent: ({ type }) => events.push(type) })
    assert.deepEqual(result.differences, [])
    assert.isTrue(result.passed)
    assert.equal(result.run.status, 'completed_with_rejects')
    assert.include(events, 'batch:committed')
    assert.equal(await dumpWorld(run().knex), before)
    assert.isFalse(await run().knex.schema.hasTable('ferry_runs'))
    assert.deepEqual(readdirSync(join(transfer.folder, 'rehearsals')), [])
    assert.deepEqual(await leftovers(), others)
    const real = await startTransfer(run().common)
    assert.deepEqual(
      real.steps.map(({ counts }) => counts),
      result.run.steps.map(({ counts }) => counts),
      'the run then comes to what was rehearsed',
    )
  })

  it('on an empty database, applies the migrations and takes them back, and says what would be lost', async () => {
    const { transfer, target } = run().common
    const { knex } = run()
    const folder = join(run().folder, 'migrations')
    mkdirSync(folder)
    const world = new URL('../../support/world.ts', import.meta.url).href
    const write = (name: string, more: string) =>
      writeFileSync(
        join(folder, name),
        `import { createTables } from '${world}'
         export async function up(knex) { await createTables(knex); ${more} }
         export async function down(knex) { for (const table of ['settings', 'notes', 'people', 'team_tags', 'teams']) await knex.schema.dropTable(table) }
         export const config = { transaction: false }`,
      )
    knex.client.config.migrations = { directory: folder, loadExtensions: ['.mjs'] }
    const before = await dumpWorld(knex)
    write('001_world.mjs', `await knex('settings').del()`)
    const result = await rehearseTransfer({ transfer, target, empty: true })
    assert.deepEqual(result.differences, [])
    assert.isTrue(result.passed)
    assert.equal(result.run.status, 'completed_with_rejects')
    // With rows of its own in the migration, the schema cannot go without loss.
    rmSync(join(folder, '001_world.mjs'))
    write('002_world.mjs', '')
    const lossy = await rehearseTransfer({ transfer, target, empty: true })
    assert.isFalse(lossy.passed)
    assert.include(lossy.differences.join('\n'), 'FERRY_ROLLBACK_REFUSED')
    assert.include(lossy.differences.join('\n'), 'table settings was not there at the start')
    assert.equal(await dumpWorld(knex), before)
  })

  it('says what stands in the way, and cleans up after a failure and after a killed rehearsal', async () => {
    const { transfer, target } = run().common
    const dead = join(transfer.folder, 'rehearsals', 'dead')
    mkdirSync(dead, { recursive: true })
    const [host] = (await import('node:os')).hostname().split('/')
    writeFileSync(
      join(dead, 'rehearsal.json'),
      JSON.stringify({ owner: `${host}/another boot/1/1`, target: target.label, name: 'ferry_rehearsal_dead' }),
    )
    await startTransfer(run().common)
    const failure = await failureOf(rehearseTransfer({ transfer, target, migrate: false }))
    assert.equal(failure.code, 'FERRY_RUN_EXISTS')
    assert.isFalse(existsSync(dead))
    assert.deepEqual(readdirSync(join(transfer.folder, 'rehearsals')), [])
  })
})
