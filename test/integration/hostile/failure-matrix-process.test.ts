import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { readManifest } from '../../../src/backup/manifest.ts'
import { readStatus } from '../../../src/run/read-status.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import type { ChildOrder } from '../../crash/crash-child.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { failureOf } from '../../support/failure-of.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { runProcess } from '../../support/run-process.ts'
import { dumpWorld, forEachWorld } from '../../support/world-run.ts'

const CHILD_ENTRY = fileURLToPath(new URL('../../crash/crash-child.ts', import.meta.url))
const POLICIES = ['stop', 'rollback'] as const

/** The failures that end the process, or that come after the run: the policy cannot act, and must not matter. */
forEachWorld('failure x policy, where no process is left to act', { teams: 12 }, (run) => {
  let start = ''
  let complete: string | undefined
  let child = ''
  /** Calls between the first row and the last commit of an unbroken run: engines differ in what comes before. */
  let loading = { first: 0, last: 0 }
  before(async () => {
    child = await bundleChild(CHILD_ENTRY)
  })
  after(() => rmSync(child, { force: true }))
  beforeEach(async () => {
    start = await dumpWorld(run().knex)
  })

  const orderOf = (order: Pick<ChildOrder, 'kill'> & Partial<ChildOrder>): ChildOrder => {
    const { db, snapshot, folder } = run()
    return { mode: 'start', config: db.config, snapshot, folder: join(folder, 'ferry'), ...order }
  }

  const kill = async (onFailure: 'stop' | 'rollback', share: number): Promise<void> => {
    const at = Math.round(loading.first + share * (loading.last - loading.first))
    const order = orderOf({ kill: { at, when: 'inside' }, onFailure })
    const process_ = spawn(process.execPath, [child, JSON.stringify(order)], { stdio: 'ignore' })
    const [, signal] = await once(process_, 'close')
    expect(signal).to.equal('SIGKILL')
    expect(await readStatus(run().db.target)).to.deep.include({ state: 'interrupted' })
  }

  it('has a complete state to compare with', async () => {
    const { stdout } = await runProcess(
      process.execPath,
      [child, JSON.stringify(orderOf({ kill: { at: 0, when: 'after' }, trace: true }))],
      { cwd: PROJECT_ROOT },
    )
    const unbroken: { status: string; trace: string[] } = JSON.parse(stdout)
    expect(unbroken.status).to.equal('completed_with_rejects')
    loading = { first: unbroken.trace.findIndex((call) => call.startsWith('insertRows')) + 1, last: unbroken.trace.length }
    complete = await dumpWorld(run().knex)
  })

  for (const policy of POLICIES) {
    for (const share of [0.1, 0.6]) {
      it(`killed after ${100 * share} % of the load, ${policy}: resume leads to the complete state`, async () => {
        await kill(policy, share)
        const resumed = await resumeTransfer(run().common)
        expect(resumed, JSON.stringify(resumed.error)).to.deep.include({ status: 'completed_with_rejects', exitCode: 3 })
        expect(await dumpWorld(run().knex)).to.equal(complete)
      })

      it(`killed after ${100 * share} % of the load, ${policy}: rollback leads to the start`, async () => {
        await kill(policy, share)
        expect(await rollbackTransfer(run().common)).to.deep.include({ status: 'rolled_back', exitCode: 0 })
        expect(await dumpWorld(run().knex)).to.equal(start)
      })
    }

    it(`a restore from a backup that was cut, ${policy}: refused, the complete state stays, and rollback of the rows leads to the start`, async () => {
      const result = await startTransfer({ ...run().common, noBackup: false, onFailure: policy })
      expect(result.status).to.equal('completed_with_rejects')
      const { facts } = (await readStatus(run().db.target)).run
      const manifest = String(facts.backup)
      appendFileSync(join(manifest, '..', (await readManifest(manifest)).file), 'x')
      const refused = await failureOf(rollbackTransfer({ ...run().common, levels: ['restore'] }))
      expect([refused.code, refused.exitCode]).to.deep.equal(['FERRY_BACKUP_INVALID', 1])
      expect(await dumpWorld(run().knex)).to.equal(complete)
      expect((await readStatus(run().db.target)).state).to.equal('completed_with_rejects')
      expect((await rollbackTransfer(run().common)).exitCode).to.equal(0)
      expect(await dumpWorld(run().knex)).to.equal(start)
    })
  }
})
