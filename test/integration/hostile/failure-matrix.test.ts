import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { RunEvent } from '../../../src/core/events.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import type { RunResult, TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { dumpWorld, forEachWorld, type WorldRun } from '../../support/world-run.ts'

/** Something that goes wrong in a run. */
interface Failure {
  readonly code: string
  readonly exitCode: number
  /** Nobody but the new owner may undo such a run: the policy does not count. */
  readonly foreign?: true
  /** What the run is started with; `at` is called with every event. */
  start(world: WorldRun): Partial<TransferOptions> & { at?(event: RunEvent): void }
  /** Takes the cause away; what the resume is told. */
  mend(world: WorldRun): Partial<TransferOptions> | Promise<Partial<TransferOptions>>
}

const envOf = (world: WorldRun) => join(world.folder, 'app.env')
const switching = (world: WorldRun) => ({
  ...world.common.transfer,
  switch: [{ file: envOf(world), set: { STORAGE: 'database' } }],
})

const afterThirdBatch = (work: () => void) => {
  let batches = 0
  return (event: RunEvent) => {
    if (event.type === 'batch:committed' && ++batches === 3) work()
  }
}

const FAILURES: Readonly<Record<string, Failure>> = {
  'more rejects than allowed': {
    code: 'FERRY_LOAD_BUDGET',
    exitCode: 1,
    start: () => ({ maxRejects: { count: 1 }, skipValidation: true }),
    mend: () => ({ maxRejects: { count: 1000 } }),
  },
  'a verification that fails': {
    code: 'FERRY_VERIFY_DIFFERENT',
    exitCode: 4,
    start: ({ common }) => ({ transfer: { ...common.transfer, invariants: [{ name: 'wrong', sql: 'select 1', equals: 2 }] } }),
    mend: () => ({}),
  },
  'a backup that fails': {
    code: 'FERRY_BACKUP_FAILED',
    exitCode: 1,
    start: ({ folder }) => ({
      noBackup: false,
      at: (event) => {
        if (event.type === 'phase:started' && event.phase === 'backup') writeFileSync(join(folder, 'ferry/backups'), 'in the way')
      },
    }),
    mend({ folder }) {
      rmSync(join(folder, 'ferry/backups'))
      return { noBackup: false }
    },
  },
  'a configuration that cannot be switched': {
    code: 'FERRY_SWITCH_FAILED',
    exitCode: 1,
    start(world) {
      return {
        transfer: switching(world),
        at: (event) => {
          if (event.type !== 'phase:started' || event.phase !== 'switch') return
          rmSync(envOf(world))
          mkdirSync(envOf(world))
        },
      }
    },
    mend(world) {
      rmdirSync(envOf(world))
      writeFileSync(envOf(world), 'STORAGE=memory\n')
      return { transfer: switching(world) }
    },
  },
  'a source that goes away': {
    code: 'FERRY_SOURCE_NOT_FOUND',
    exitCode: 2,
    start: ({ snapshot }) => ({ at: afterThirdBatch(() => renameSync(snapshot, `${snapshot}.kept`)) }),
    mend({ snapshot }) {
      renameSync(`${snapshot}.kept`, snapshot)
      return {}
    },
  },
  'a lease taken by another': {
    code: 'FERRY_RUN_FENCED',
    exitCode: 5,
    foreign: true,
    start: ({ db }) => ({
      throttle: 200,
      at: afterThirdBatch(() => void takeOver(db)),
    }),
    async mend({ knex }) {
      await knex('ferry_runs').update({ lease_owner: null, lease_expires_at: null })
      return {}
    },
  },
}

async function takeOver(db: WorldRun['db']): Promise<void> {
  const { session } = await db.openAgain()
  await session.run("update ferry_runs set lease_token = lease_token + 1, lease_owner = 'elsewhere/boot/1/1'")
  await session.close()
}

forEachWorld('failure x policy', { teams: 12 }, (run) => {
  let start = ''
  let complete: string | undefined
  beforeEach(async () => {
    writeFileSync(envOf(run()), 'STORAGE=memory\n')
    start = await dumpWorld(run().knex)
  })

  it('has a complete state to compare with', async () => {
    expect((await startTransfer(run().common)).status).to.equal('completed_with_rejects')
    complete = await dumpWorld(run().knex)
    expect(complete).to.not.equal(start)
  })

  for (const [name, failure] of Object.entries(FAILURES)) {
    const fail = async (onFailure: 'stop' | 'rollback'): Promise<RunResult> => {
      const { at, ...options } = failure.start(run())
      return startTransfer({ ...run().common, onFailure, ...options, ...(at === undefined ? {} : { onEvent: at }) })
    }
    const expectStopped = async (result: RunResult) => {
      expect(result.error?.code, result.error?.message).to.equal(failure.code)
      const status = failure.foreign ? 'running' : 'failed'
      expect(result).to.deep.include({ status, exitCode: failure.exitCode })
      expect(await run().knex('ferry_runs').pluck('status')).to.deep.equal([status])
    }
    const policy = failure.foreign ? 'rollback' : 'stop'

    it(`${name}, ${policy}: status and exit code say so, and resume leads to the complete state`, async () => {
      await expectStopped(await fail(policy))
      const resumed = await resumeTransfer({ ...run().common, onFailure: 'stop', ...(await failure.mend(run())) })
      expect(resumed, JSON.stringify(resumed.error)).to.deep.include({ status: 'completed_with_rejects', exitCode: 3 })
      expect(await dumpWorld(run().knex)).to.equal(complete)
    })

    it(`${name}, stop: rollback leads to the start`, async () => {
      await expectStopped(await fail('stop'))
      await failure.mend(run())
      expect((await rollbackTransfer(run().common)).exitCode).to.equal(0)
      expect(await dumpWorld(run().knex)).to.equal(start)
      expect(readFileSync(envOf(run()), 'utf8')).to.equal('STORAGE=memory\n')
    })

    if (failure.foreign === true) continue
    it(`${name}, rollback: exit code 6 and the start`, async () => {
      const undone = await fail('rollback')
      expect(undone.error?.code).to.equal(failure.code)
      expect(undone).to.deep.include({ status: 'rolled_back', exitCode: 6 })
      expect(await dumpWorld(run().knex)).to.equal(start)
    })
  }
  it('a source that changes while it is read is never called success, and rollback leads to the start', async () => {
    const { common, snapshot, knex } = run()
    const text = readFileSync(snapshot, 'utf8')
    const onEvent = afterThirdBatch(() => writeFileSync(snapshot, text.replaceAll('example.org', 'example.net')))
    const stopped = await startTransfer({ ...common, onEvent })
    expect(stopped).to.deep.include({ status: 'failed' })
    expect(stopped.error?.code).to.be.oneOf(['FERRY_VERIFY_DIFFERENT', 'FERRY_SNAPSHOT_INVALID', 'FERRY_RUN_NOT_PURE'])
    expect((await rollbackTransfer(common)).exitCode).to.equal(0)
    expect(await dumpWorld(knex)).to.equal(start)
  })
})
