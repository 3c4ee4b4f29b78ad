import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
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
import { dumpWorld, forEachWorld } from '../../support/world-run.ts'

const CHILD_ENTRY = fileURLToPath(new URL('../../crash/crash-child.ts', import.meta.url))
const POLICIES = ['stop', 'rollback'] as const

/** The failures that end the process, or that come after the run: the policy cannot act, and must not matter. */
forEachWorld('failure x policy, where no process is left to act', { teams: 12 }, (run) => {
  let start = ''
  let complete: string | undefined
  let child = ''
  before(async () => {
    child = await bundleChild(CHILD_ENTRY)
  })
  beforeEach(async () => {
    start = await dumpWorld(run().knex)
  })

  const kill = async (onFailure: ChildOrder['onFailure'], at: number): Promise<void> => {
    const { db, snapshot, folder } = run()
    const order = { mode: 'start', config: db.config, snapshot, folder: join(folder, 'ferry'), kill: { at, when: 'inside' }, onFailure }
    const process_ = spawn(process.execPath, [child, JSON.stringify(order)], { stdio: 'ignore' })
    const [, signal] = await once(process_, 'close')
    expect(signal).to.equal('SIGKILL')
    expect(await readStatus(run().db.target)).to.deep.include({ state: 'interrupted' })
  }

  it('has a complete state to compare with', async () => {
    expect((await startTransfer(run().common)).status).to.equal('completed_with_rejects')
    complete = await dumpWorld(run().knex)
  })

  for (const policy of POLICIES) {
    for (const at of [40, 90]) {
      it(`killed at call ${at}, ${policy}: resume leads to the complete state`, async () => {
        await kill(policy, at)
        const resumed = await resumeTransfer(run().common)
        expect(resumed, JSON.stringify(resumed.error)).to.deep.include({ status: 'completed_with_rejects', exitCode: 3 })
        expect(await dumpWorld(run().knex)).to.equal(complete)
      })

      it(`killed at call ${at}, ${policy}: rollback leads to the start`, async () => {
        await kill(policy, at)
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
