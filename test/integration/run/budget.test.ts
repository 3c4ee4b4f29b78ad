import { assert } from 'chai'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { countOf, dumpWorld, forEachWorld } from '../../support/world-run.ts'

forEachWorld('the error budget', { teams: 24 }, (run) => {
  it('is judged by preflight before anything is written', async () => {
    const { common, knex } = run()
    const error = await errorOf(() => startTransfer({ ...common, maxRejects: { count: 3 } }))
    assert.equal(codeOf(error), 'FERRY_PREFLIGHT_FAILED')
    assert.isFalse(await knex.schema.hasTable('ferry_runs'))
  })

  it('stops the run before the batch that breaks it, and may be raised on resume', async () => {
    const { common, knex } = run()
    const stopped = await startTransfer({ ...common, maxRejects: { count: 3 }, skipValidation: true })
    assert.deepInclude(stopped, { status: 'failed', exitCode: 1 })
    assert.equal(stopped.error?.code, 'FERRY_LOAD_BUDGET')
    assert.isAtMost(await countOf(knex, 'ferry_rejects'), 3)
    assert.equal((await resumeTransfer({ ...common, maxRejects: { count: 1000 } })).status, 'completed_with_rejects')
  })

  it('may be raised on resume to a share, also of a run that began without counting', async () => {
    const { common } = run()
    const stopped = await startTransfer({ ...common, maxRejects: { count: 3 }, skipValidation: true })
    assert.equal(stopped.error?.code, 'FERRY_LOAD_BUDGET')
    const resumed = await resumeTransfer({ ...common, maxRejects: { share: 1 } })
    assert.equal(resumed.status, 'completed_with_rejects', JSON.stringify(resumed.error))
  })

  it('rolls back unasked where the definition says so', async () => {
    const { common, knex } = run()
    const before = await dumpWorld(knex)
    const undone = await startTransfer({ ...common, maxRejects: { count: 3 }, skipValidation: true, onFailure: 'rollback' })
    assert.deepInclude(undone, { status: 'rolled_back', exitCode: 6 })
    assert.equal(await dumpWorld(knex), before)
  })
})
