import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { Chalk } from 'chalk'
import { renderStatus } from '../../../src/cli/render/render-status.ts'
import { readStatus } from '../../../src/run/read-status.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import { ownerName } from '../../../src/state/lease.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { countOf, dumpWorld, forEachWorld, type WorldRun } from '../../support/world-run.ts'

const CHILD_ENTRY = fileURLToPath(new URL('./owner-child.ts', import.meta.url))

/** A transfer in a process of its own, slow enough to be met on the way. */
function spawnOwner(path: string, run: WorldRun, options: object) {
  const order = { config: run.db.config, snapshot: run.snapshot, folder: join(run.folder, 'ferry'), ...options }
  const child = spawn(process.execPath, [path, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text) => {
    said += String(text)
  })
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(said)))
  return { child, ended }
}

async function untilLoading(run: WorldRun): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await run.knex.schema.hasTable('ferry_steps')) && (await run.knex('ferry_steps').sum({ n: 'batches' }))[0]?.n > 1) return
    await wait(50)
  }
  throw new Error('the owner did not start loading')
}

/** The name of a process of this host and boot that is not there (pids end at 2^22). */
const deadOwner = () => ownerName().replace(/\/\d+\/[^/]+$/, '/99999999/1')

forEachWorld('an owner', { teams: 24 }, (run) => {
  let owner = ''
  before(async () => {
    owner = await bundleChild(CHILD_ENTRY)
  })
  after(() => rmSync(owner, { force: true }))

  it('that lives is named to the second one, which leaves it alone', async () => {
    const { common, knex } = run()
    const { child, ended } = spawnOwner(owner, run(), { throttle: 60 })
    try {
      await untilLoading(run())
      const error = await errorOf(() => resumeTransfer(common))
      assert.equal(codeOf(error), 'FERRY_RUN_OWNED')
      assert.include((error as Error).message, String(child.pid))
    } finally {
      child.kill('SIGKILL')
      await ended
    }
    assert.equal((await readStatus(common.target)).state, 'interrupted')
    assert.equal((await resumeTransfer(common)).status, 'completed_with_rejects')
    assert.equal(await countOf(knex, 'teams'), 24)
  })

  it('that died after its last commit leaves a finished run: nobody is named, and the next goes on as ever', async () => {
    const { common, knex } = run()
    const { status, runId } = await startTransfer(common)
    const leaveLease = () =>
      knex('ferry_runs')
        .where({ id: runId })
        .update({ lease_owner: deadOwner(), lease_expires_at: Date.now() + 3_600_000 })
    await leaveLease()
    const seen = await readStatus(common.target)
    assert.deepInclude(seen, { state: status, owned: false })
    assert.notInclude(renderStatus(seen, new Chalk({ level: 0 })).join('\n'), deadOwner())
    assert.equal(codeOf(await errorOf(() => startTransfer(common))), 'FERRY_RUN_EXISTS')
    assert.equal(codeOf(await errorOf(() => resumeTransfer(common))), 'FERRY_RUN_NOT_RESUMABLE')
    assert.equal((await verifyTransfer(common)).passed, true)
    assert.equal((await rollbackTransfer(common)).status, 'rolled_back')
    await leaveLease()
    assert.deepInclude(await readStatus(common.target), { state: 'rolled_back', owned: false })
    assert.equal((await startTransfer(common)).status, status)
  })

  it('that died while rolling back leaves a rollback to go on with, not a load', async () => {
    const { common, knex } = run()
    await startTransfer(common)
    await knex('ferry_runs').update({ status: 'rolling_back', lease_owner: deadOwner(), lease_expires_at: Date.now() + 3_600_000 })
    const seen = await readStatus(common.target)
    assert.deepInclude(seen, { state: 'rolling_back', owned: false })
    assert.deepEqual(
      seen.next.map(({ command }) => command),
      ['ferry rollback'],
    )
    assert.include(renderStatus(seen, new Chalk({ level: 0 })).join('\n'), 'its process is gone')
    assert.equal((await rollbackTransfer(common)).status, 'rolled_back')
  })

  it('that was stopped past its lease and continued cannot write', async function () {
    const { common, knex, db } = run()
    this.timeout(120_000)
    // on SQLite a lease of another host's owner stands in for expiry: see docs/recovery.md
    const { child, ended } = spawnOwner(owner, run(), { throttle: 60, leaseTtlMs: 1500 })
    try {
      await untilLoading(run())
      await wait(db.engine === 'sqlite' ? 30 : 0)
      child.kill('SIGSTOP')
      await wait(2500)
      const taken = await resumeTransfer(common)
      assert.equal(taken.status, 'completed_with_rejects', JSON.stringify(taken.error))
      const whole = await dumpWorld(knex)
      child.kill('SIGCONT')
      const outcome = JSON.parse(await ended) as { code?: string; status?: string }
      assert.include(['FERRY_RUN_FENCED'], outcome.code ?? outcome.status)
      assert.equal(await dumpWorld(knex), whole)
      assert.equal((await readStatus(common.target)).state, 'completed_with_rejects')
    } finally {
      child.kill('SIGKILL')
    }
  })
})
