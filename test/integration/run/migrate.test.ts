import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { dumpWorld, forEachWorld } from '../../support/world-run.ts'

forEachWorld('a run that applies migrations', { teams: 6 }, (run) => {
  let before = ''
  const folder = () => join(run().folder, 'migrations')
  const write = (name: string, up: string) =>
    writeFileSync(
      join(folder(), `${name}.mjs`),
      `export const up = async (knex) => { ${up} }
       export const down = (knex) => knex.schema.dropTableIfExists('${name}')
       export const config = { transaction: false }`,
    )
  const make = (name: string) => `await knex.schema.createTable('${name}', (table) => table.integer('id').primary())`
  const there = async () => [await run().knex.schema.hasTable('m1_first'), await run().knex.schema.hasTable('m2_second')]
  const factsOf = async () => JSON.parse(String((await run().knex('ferry_runs').first('facts')).facts))
  const pageOf = async (at: string) => readFileSync(join(at, 'report.html'), 'utf8')

  beforeEach(async () => {
    mkdirSync(folder())
    write('m1_first', make('m1_first'))
    write('m2_second', `throw new Error('broken on purpose')`)
    run().knex.client.config.migrations = { directory: folder(), loadExtensions: ['.mjs'] }
    before = await dumpWorld(run().knex)
  })

  it('knows the one before the one that failed, and goes on or back from there', async () => {
    const stopped = await startTransfer({ ...run().common, migrate: true })
    expect(stopped).to.deep.include({ status: 'failed', exitCode: 1 })
    expect(stopped.error?.code).to.equal('FERRY_MIGRATE_FAILED')
    expect((await factsOf()).migrations).to.deep.equal(['m1_first.mjs'])
    write('m3_third', make('m2_second')) // a module once imported stays in memory, so the mended one takes another name
    rmSync(join(folder(), 'm2_second.mjs'))
    const resumed = await resumeTransfer(run().common)
    expect(resumed.status, JSON.stringify(resumed.error)).to.equal('completed_with_rejects')
    expect((await factsOf()).migrations).to.deep.equal(['m1_first.mjs', 'm3_third.mjs'])
    expect(await there()).to.deep.equal([true, true])
    expect(await pageOf(resumed.folder)).to.contain('everything else arrived')

    const dry = await rollbackTransfer({ ...run().common, levels: ['schema'], dryRun: true })
    expect(dry.migrations).to.deep.equal(['m3_third.mjs', 'm1_first.mjs'])
    const back = await rollbackTransfer({ ...run().common, levels: ['schema'] })
    expect(back).to.deep.include({ levels: ['rows', 'schema'], migrations: ['m3_third.mjs', 'm1_first.mjs'], exitCode: 0 })
    expect(await dumpWorld(run().knex)).to.equal(before)
    expect((await there())[0]).to.equal(false)
    expect(await pageOf(resumed.folder))
      .to.contain('The run was taken back whole')
      .and.not.contain('everything else arrived')
  })

  it('goes there and back where two Knex commands in their first moment left a lock row each', async () => {
    write('m2_second', make('m2_second'))
    await run().knex.migrate.list()
    await run().knex('knex_migrations_lock').insert({ is_locked: 0 })
    const moved = await startTransfer({ ...run().common, migrate: true })
    expect(moved.status, JSON.stringify(moved.error)).to.equal('completed_with_rejects')
    await run().knex('knex_migrations_lock').insert({ is_locked: 0 })
    expect(await rollbackTransfer({ ...run().common, levels: ['schema'] })).to.include({ exitCode: 0 })
    expect(await there()).to.deep.equal([false, false])
    expect(await run().knex('knex_migrations_lock').pluck('is_locked')).to.deep.equal([0])
  })

  for (const [when, broken] of [
    ['a migration fails', `throw new Error('broken on purpose')`],
    ['the verification fails', make('m2_second')],
  ] as const) {
    it(`takes them back by itself where ${when} and the definition says rollback`, async () => {
      write('m2_second', broken)
      const transfer = { ...run().transfer, invariants: [{ name: 'wrong', sql: 'select 1', equals: 2 }] }
      const undone = await startTransfer({ ...run().common, transfer, migrate: true, onFailure: 'rollback' })
      expect(undone, JSON.stringify(undone.error)).to.deep.include({ status: 'rolled_back', exitCode: 6 })
      expect(await dumpWorld(run().knex)).to.equal(before)
      expect(await there()).to.deep.equal([false, false])
      expect(await run().knex('knex_migrations').count({ n: '*' })).to.satisfy(([{ n }]: [{ n: unknown }]) => Number(n) === 0)
    })
  }

  it('does not say that all is undone where a migration could not be taken back', async () => {
    write('m2_second', `${make('m2_second')}; await knex('m2_second').insert({ id: 1 })`)
    writeFileSync(
      join(folder(), 'm0_stuck.mjs'),
      `export const up = async () => {}
       export const down = async () => { throw new Error('no way back') }`,
    )
    const transfer = { ...run().transfer, invariants: [{ name: 'wrong', sql: 'select 1', equals: 2 }] }
    const stuck = await startTransfer({ ...run().common, transfer, migrate: true, onFailure: 'rollback' })
    expect(stuck).to.deep.include({ status: 'rolled_back', exitCode: 1 })
    expect(stuck.error?.code).to.equal('FERRY_MIGRATE_FAILED')
    expect(await dumpWorld(run().knex)).to.equal(before)
  })
})
