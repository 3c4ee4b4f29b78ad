import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import type { RunEvent } from '../../../src/core/events.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import type { RunResult } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { createCliProject } from '../../support/cli-project.ts'
import { holdLock, type LockHolder } from '../../support/lock-holder.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'
import { createWorldFile } from '../../support/world-file.ts'

/** Longer than this nobody sits before a silent command. */
const REASONABLE_MS = 60_000
/** Of a world of 24 teams: 120 less those it rejects. */
const PEOPLE = 102

describe('a database that another program has locked', () => {
  it('ends the command with FERRY_TARGET_LOCKED, exit code 5, and nothing is written', async () => {
    const project = createCliProject({ people: 30 })
    const holder = await holdLock(project.database)
    try {
      const startedAt = Date.now()
      const { exitCode, stdout, stderr } = await project.ferry('transfer', '--no-backup')
      expect([exitCode, (stdout + stderr).includes('FERRY_TARGET_LOCKED')], stdout + stderr).to.deep.equal([5, true])
      expect(Date.now() - startedAt).to.be.lessThan(REASONABLE_MS)
      expect(project.ask('select count(*) from people')).to.equal(0)
      await holder.release()
      expect((await project.ferry('transfer', '--no-backup')).exitCode).to.equal(0)
      expect(project.ask('select count(*) from people')).to.equal(30)
    } finally {
      await holder.release()
      project.drop()
    }
  })

  it('is waited for: released in time, the run goes on', async () => {
    const project = createCliProject({ people: 30 })
    const holder = await holdLock(project.database)
    try {
      const running = project.ferry('transfer', '--no-backup')
      await wait(2_500)
      await holder.release()
      expect((await running).exitCode).to.equal(0)
      expect(project.ask('select count(*) from people')).to.equal(30)
    } finally {
      await holder.release()
      project.drop()
    }
  })

  /** Locks the database after the third batch, for so long. */
  const lockWhileLoading = (lockedMs: number, check: (stopped: RunResult, seen: { batches: number; retried: number }) => void) =>
    withTemporaryFolder(async (folder) => {
      const world = await createWorldFile(folder, 24)
      const holding: Promise<LockHolder>[] = []
      try {
        const seen = { batches: 0, retried: 0 }
        const onEvent = (event: RunEvent) => {
          if (event.type === 'batch:retried') seen.retried += 1
          if (event.type === 'batch:committed' && ++seen.batches === 3) holding.push(holdLock(world.file, lockedMs))
        }
        const running = startTransfer({ ...world.common, leaseTtlMs: 1_000, throttle: 150, onEvent })
        check(await running, seen)
        await (await holding[0])?.release()
        if ((await running).status !== 'completed_with_rejects') {
          expect((await resumeTransfer(world.common)).status).to.equal('completed_with_rejects')
        }
        expect(Number((await world.target.knex('people').count({ n: '*' }))[0]?.n)).to.equal(PEOPLE)
      } finally {
        await (await holding[0])?.release()
        await world.close()
      }
    })

  it('in the middle of a run is waited for too', () =>
    lockWhileLoading(6_000, (result, { retried }) => {
      expect(result, JSON.stringify(result.error)).to.deep.include({ status: 'completed_with_rejects', exitCode: 3 })
      expect(retried).to.be.greaterThan(0)
    }))

  it('in the middle of a run stops it after a while; what is committed stays, and resume goes on (FERRY_TEST_LONG)', function () {
    if (process.env.FERRY_TEST_LONG === undefined) this.skip() // it waits for most of a minute
    this.timeout(180_000)
    const startedAt = Date.now()
    return lockWhileLoading(170_000, (result, { retried }) => {
      expect([result.error?.code, result.exitCode]).to.deep.equal(['FERRY_TARGET_LOCKED', 5])
      expect(retried).to.be.greaterThan(0)
      expect(Date.now() - startedAt).to.be.lessThan(REASONABLE_MS)
    })
  })
})
