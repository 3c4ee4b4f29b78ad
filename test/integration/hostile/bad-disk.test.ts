import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { failureOf } from '../../support/failure-of.ts'
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'
import { createWorldFile, type WorldFile } from '../../support/world-file.ts'
import { dumpWorld } from '../../support/world-run.ts'

const TEAMS = 60
const LEASE_MS = 300

describe('a read-only database', () => {
  it('is refused before anything is written', () =>
    withTemporaryFolder(async (folder) => {
      const world = await createWorldFile(folder, 5)
      try {
        const before = await dumpWorld(world.target.knex)
        const target = await world.open({ readonly: true })
        const refused = await failureOf(startTransfer({ ...world.common, target }))
        expect([refused.code, refused.exitCode]).to.deep.equal(['FERRY_TARGET_READ_ONLY', 1])
        expect(await dumpWorld(world.target.knex)).to.equal(before)
      } finally {
        await world.close()
      }
    }))
})

describe('a small disk', () => {
  let disk: SmallDisk
  let world: WorldFile

  beforeEach(async function () {
    const mounted = mountSmallDisk(8)
    if (mounted === undefined) return this.skip() // this user may not mount
    disk = mounted
    world = await createWorldFile(disk.folder, TEAMS)
  })
  afterEach(async () => {
    await world?.close()
    disk?.drop()
  })

  /** The tables an unbroken run leaves. */
  const unbroken = () =>
    withTemporaryFolder(async (folder) => {
      const other = await createWorldFile(folder, TEAMS)
      try {
        expect((await startTransfer(other.common)).status).to.equal('completed_with_rejects')
        return await dumpWorld(other.target.knex)
      } finally {
        await other.close()
      }
    })

  /** Fills the disk at the fourth batch. */
  const fillWhileLoading = () => {
    let batches = 0
    return (event: { type: string }) => {
      if (event.type === 'batch:committed' && ++batches === 4) disk.fill(0)
    }
  }

  it('made read-only is refused before anything is written', async () => {
    await world.target.knex.destroy()
    disk.setReadOnly(true)
    const target = await world.open()
    const refused = await failureOf(startTransfer({ ...world.common, target }))
    expect(refused.code).to.be.oneOf(['FERRY_TARGET_READ_ONLY', 'FERRY_PREFLIGHT_FAILED'])
    expect(refused.exitCode).to.equal(1)
    disk.setReadOnly(false)
    expect(await target.knex.schema.hasTable('ferry_runs')).to.equal(false)
  })

  it('without room is seen by preflight', async () => {
    disk.fill(8192)
    const refused = await failureOf(startTransfer(world.common))
    expect([refused.code, refused.exitCode]).to.deep.equal(['FERRY_PREFLIGHT_FAILED', 1])
    expect(refused.message).to.include('disk-space')
  })

  it('that fills up stops the run; resume goes on when there is room, to the tables of an unbroken run', async () => {
    const stopped = await startTransfer({ ...world.common, leaseTtlMs: LEASE_MS, onEvent: fillWhileLoading() })
    expect(stopped.error?.code).to.equal('FERRY_TARGET_FULL')
    expect(stopped.status).to.be.oneOf(['failed', 'running'])
    expect(stopped.exitCode).to.equal(1)
    await wait(2 * LEASE_MS) // a new process need not wait: it finds the owner dead
    const still = await failureOrResult(resumeTransfer({ ...world.common, leaseTtlMs: LEASE_MS }))
    expect(still).to.equal('FERRY_TARGET_FULL')
    disk.free()
    await wait(2 * LEASE_MS)
    const resumed = await resumeTransfer(world.common)
    expect(resumed.status, JSON.stringify(resumed.error)).to.equal('completed_with_rejects')
    expect(await dumpWorld(world.target.knex)).to.equal(await unbroken())
  })

  it('that fills up leads back to the start where the definition says so, at the latest when there is room', async () => {
    const before = await dumpWorld(world.target.knex)
    const stopped = await startTransfer({ ...world.common, leaseTtlMs: LEASE_MS, onFailure: 'rollback', onEvent: fillWhileLoading() })
    if (stopped.status === 'rolled_back') expect(stopped.exitCode).to.equal(6)
    else {
      expect(stopped.exitCode).to.equal(1)
      disk.free()
      await wait(2 * LEASE_MS)
      expect((await rollbackTransfer(world.common)).exitCode).to.equal(0)
    }
    expect(await dumpWorld(world.target.knex)).to.equal(before)
  })
})

async function failureOrResult(promise: ReturnType<typeof resumeTransfer>): Promise<string | undefined> {
  try {
    return (await promise).error?.code
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : undefined
  }
}
