import { assert } from 'chai'
import { readStatus } from '../../../src/run/read-status.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { countOf, dumpWorld, forEachWorld } from '../../support/world-run.ts'

forEachWorld('a transfer', { teams: 30 }, (run) => {
  it('moves every record or lists it, and says what the tables hold', async () => {
    const { common, knex, world } = run()
    const result = await startTransfer(common)
    assert.deepInclude(result, { status: 'completed_with_rejects', exitCode: 3 })
    for (const { kind, counts, rowsInTable, table } of result.steps) {
      assert.equal(rowsInTable, await countOf(knex, table))
      const { read, inserted, updated, skipped, rejected, filtered } = counts
      if (kind === 'load') assert.equal(read, inserted + updated + skipped + rejected + filtered, table)
    }
    const people = result.steps.find(({ table, kind }) => table === 'people' && kind === 'load')
    assert.equal(people?.counts.read, world.people.size)
    assert.equal(await countOf(knex, 'ferry_rejects'), result.rejects + result.openLinks)
    assert.equal(await countOf(knex, 'settings'), 60)
    assert.equal((await knex('settings').where({ code: 's0' }).first()).value, 'new 0')
  })

  it('keeps the first of two records that claim one unique value', async () => {
    const { common, knex } = run()
    await startTransfer(common)
    const kept = await knex('people').where({ mail: 'm21@example.org' })
    assert.lengthOf(kept, 1)
    const codes = await knex('ferry_rejects').where({ mapping: 'people' }).distinct('code').orderBy('code')
    assert.deepEqual(
      codes.map(({ code }) => code),
      ['CHECK', 'MISSING_REFERENCE', 'OPEN_LINK', 'UNIQUE'],
    )
  })

  it('refuses to move a completed transfer again, and moves it after a rollback, to the same rows', async () => {
    const { common, knex } = run()
    const before = await dumpWorld(knex)
    await startTransfer(common)
    const moved = await dumpWorld(knex)
    assert.equal(codeOf(await errorOf(() => startTransfer(common))), 'FERRY_RUN_EXISTS')
    assert.equal(codeOf(await errorOf(() => resumeTransfer(common))), 'FERRY_RUN_NOT_RESUMABLE')
    const undone = await rollbackTransfer(common)
    assert.equal(undone.status, 'rolled_back')
    assert.equal(await dumpWorld(knex), before)
    assert.equal((await startTransfer(common)).status, 'completed_with_rejects')
    const again = await dumpWorld(knex)
    // allocated ids are never given out twice, every other column is the same
    const withoutIds = (text: string) =>
      text
        .replaceAll(/"id":"?\d+"?/g, '"id":0')
        .split('\n')
        .sort()
        .join('\n')
    assert.equal(withoutIds(again), withoutIds(moved))
  })

  it("lets the app's next insert through", async () => {
    const { common, knex } = run()
    await startTransfer(common)
    const [highest] = await knex('notes').max({ id: 'id' })
    await knex('notes').insert({ body: 'by the app' })
    const [added] = await knex('notes').where({ body: 'by the app' })
    assert.isAbove(Number(added.id), Number(highest?.id))
  })

  it('pauses before each phase that it is told to stop before, and goes on from there', async () => {
    const { common, knex } = run()
    assert.equal((await startTransfer({ ...common, stopBefore: 'load' })).status, 'paused')
    assert.equal(await countOf(knex, 'teams'), 0)
    assert.equal((await resumeTransfer({ ...common, stopBefore: 'verify' })).status, 'paused')
    assert.equal(await countOf(knex, 'teams'), 30)
    assert.equal((await readStatus(common.target)).state, 'paused')
    assert.equal((await resumeTransfer({ ...common, stopBefore: 'switch' })).status, 'paused')
    assert.equal((await resumeTransfer(common)).status, 'completed_with_rejects')
  })

  it('calls a run without verification unverified', async () => {
    const { common } = run()
    assert.deepInclude(await startTransfer({ ...common, noVerify: true }), { status: 'completed_unverified', exitCode: 3 })
  })
})
