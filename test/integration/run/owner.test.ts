import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { readStatus } from '../../../src/run/read-status.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { countOf, dumpWorld, forEachWorld, type WorldRun } from '../../support/world-run.ts'

const CHILD = fileURLToPath(new URL('./owner-child.ts', import.meta.url))

/** A transfer in a process of its own, slow enough to be met on the way. */
function spawnOwner(run: WorldRun, options: object) {
  const order = { config: run.db.config, snapshot: run.snapshot, folder: join(run.folder, 'ferry'), ...options }
  const child = spawn(process.execPath, ['--import=tsx', CHILD, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
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

forEachWorld('an owner', { teams: 24 }, (run) => {
  it('that lives is named to the second one, which leaves it alone', async () => {
    const { common, knex } = run()
    const { child, ended } = spawnOwner(run(), { throttle: 60 })
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

  it('that was stopped past its lease and continued cannot write', async function () {
    const { common, knex, db } = run()
    this.timeout(120_000)
    // on SQLite a lease of another host's owner stands in for expiry: see docs/recovery.md
    const { child, ended } = spawnOwner(run(), { throttle: 60, leaseTtlMs: 1500 })
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
