import { assert } from 'chai'
import { retryRejects } from '../../../src/run/retry-rejects.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { defineWorld } from '../../support/world.ts'
import { countOf, dumpWorld, forEachWorld } from '../../support/world-run.ts'

forEachWorld('a retry', { teams: 24 }, (run) => {
  it('lands exactly the rejects that a mended mapping can land: parents, then children, then links', async () => {
    const { common, knex, snapshot, folder } = run()
    await startTransfer(common)
    const people = await countOf(knex, 'people')
    const notes = await countOf(knex, 'notes')
    const rejected = await knex('ferry_rejects').where({ mapping: 'people', code: 'CHECK' })
    assert.isAbove(rejected.length, 3)
    const transfer = defineWorld(snapshot, `${folder}/ferry`, { mendAge: true })
    const retried = await retryRejects({ ...common, transfer })
    assert.equal(retried.status, 'completed_with_rejects', JSON.stringify(retried.error))
    const landed = await knex('ferry_rejects').where({ status: 'landed' })
    const landedIn = (mapping: string) => landed.filter((reject) => reject.mapping === mapping && reject.stage !== 'link').length
    assert.isAbove(landedIn('people'), 3)
    assert.equal(await countOf(knex, 'people'), people + landedIn('people'))
    assert.equal(await countOf(knex, 'notes'), notes + landedIn('notes'))
    assert.includeMembers(
      landed.map(({ code }) => code),
      ['CHECK', 'PARENT_REJECTED', 'OPEN_LINK'],
    )
    const linked = await knex('people').whereNotNull('boss_id')
    assert.isAbove(linked.length, 0)
    assert.isTrue((await verifyTransfer({ ...common, transfer })).checks.length > 0)
  })

  it('is refused while there is nothing to retry, and undone before the run it belongs to', async () => {
    const { common, knex, snapshot, folder } = run()
    const before = await dumpWorld(knex)
    assert.equal(codeOf(await errorOf(() => retryRejects(common))), 'FERRY_RUN_NOT_FOUND')
    await startTransfer(common)
    await retryRejects({ ...common, transfer: defineWorld(snapshot, `${folder}/ferry`, { mendAge: true }) })
    const undone = await rollbackTransfer(common)
    assert.equal(undone.exitCode, 0, JSON.stringify(undone.rows))
    assert.equal(await dumpWorld(knex), before)
  })
})
