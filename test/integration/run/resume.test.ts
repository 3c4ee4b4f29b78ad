import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from 'chai'
import type { RunEvent } from '../../../src/core/events.ts'
import { computed, id, key } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { readStatus } from '../../../src/run/read-status.ts'
import { askToStop } from '../../../src/run/request-stop.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { defineWorld } from '../../support/world.ts'
import { countOf, dumpWorld, forEachWorld, type WorldRun } from '../../support/world-run.ts'

/** Starts a run and interrupts it after `batches` batches, as Ctrl-C does. */
async function interrupt(run: WorldRun, batches: number, options: object = {}) {
  const controller = new AbortController()
  let seen = 0
  const onEvent = (event: RunEvent) => {
    if (event.type === 'batch:committed') seen += 1
    if (seen === batches) controller.abort()
  }
  return startTransfer({ ...run.common, ...options, onEvent, signal: controller.signal })
}

forEachWorld('an interrupted run', { teams: 24 }, (run) => {
  it('ends with exit code 130 and goes on to the tables of an unbroken run', async () => {
    const { common, knex } = run()
    assert.deepInclude(await interrupt(run(), 1), { exitCode: 130 })
    assert.equal((await readStatus(common.target)).state, 'interrupted')
    for (let tries = 0; (await readStatus(common.target)).state === 'interrupted' && tries < 60; tries += 1) {
      const once = new AbortController()
      await resumeTransfer({ ...common, signal: once.signal, onEvent: (event) => event.type === 'batch:committed' && once.abort() })
    }
    assert.equal((await readStatus(common.target)).state, 'completed_with_rejects')
    const rejects = await countOf(knex, 'ferry_rejects')
    assert.isAbove(rejects, 0)
    assert.equal(await countOf(knex, 'teams'), 24)
  })

  it('is paused and cancelled from another connection', async () => {
    const { common, knex } = run()
    const asks: Promise<unknown>[] = []
    const onEvent = (event: RunEvent) => {
      if (event.type === 'batch:committed' && asks.length === 0)
        asks.push(
          run()
            .db.openAgain()
            .then(({ session, target }) => session.close().then(() => askToStop(target, { request: 'pause' }))),
        )
    }
    const paused = await startTransfer({ ...common, onEvent, throttle: 400, batchRows: 10 })
    assert.deepEqual(
      (await Promise.all(asks)).map((asked) => (asked as { done: string }).done),
      ['asked'],
    )
    assert.equal(paused.status, 'paused')
    assert.equal((await askToStop(common.target, { request: 'cancel' })).done, 'moved')
    assert.equal((await readStatus(common.target)).state, 'cancelled')
    assert.isAbove(await countOf(knex, 'teams'), 0)
    assert.equal(codeOf(await errorOf(() => resumeTransfer(common))), 'FERRY_RUN_NOT_RESUMABLE')
  })

  it('refuses another definition, and says the difference', async () => {
    const { common } = run()
    await interrupt(run(), 2)
    const { mappings } = common.transfer
    const other = defineTransfer({
      name: 'world',
      source: new SnapshotSource(run().snapshot),
      target: {},
      mappings: { teams: mapping({ from: 'teams', table: 'teams', columns: { id: id.uuid(), code: key().text(), name: key().text() } }) },
    })
    assert.isAbove(mappings.length, 1)
    const error = await errorOf(() => resumeTransfer({ ...common, transfer: other }))
    assert.equal(codeOf(error), 'FERRY_RUN_CHANGED_DEFINITION')
  })

  it('refuses another source and another schema', async () => {
    const { knex, snapshot, folder } = run()
    await interrupt(run(), 2)
    // another process opens the source anew
    const again = () => resumeTransfer({ ...run().common, transfer: defineWorld(snapshot, join(folder, 'ferry')) })
    const text = readFileSync(snapshot, 'utf8')
    writeFileSync(snapshot, text.replace('Team 3', 'Team X'))
    assert.include(['FERRY_SOURCE_CHANGED', 'FERRY_SNAPSHOT_INVALID'], codeOf(await errorOf(again)))
    writeFileSync(snapshot, text)
    await knex.schema.alterTable('teams', (table) => table.string('nickname', 20))
    assert.equal(codeOf(await errorOf(again)), 'FERRY_RUN_CHANGED_SCHEMA')
    await knex.schema.alterTable('teams', (table) => table.dropColumn('nickname'))
    assert.equal((await again()).status, 'completed_with_rejects')
  })

  it('notices a function that answers differently than before', async () => {
    const { common, snapshot } = run()
    let suffix = 'one'
    const transfer = defineTransfer({
      name: 'impure',
      source: new SnapshotSource(snapshot),
      target: {},
      batchRows: 10,
      mappings: {
        teams: mapping({
          from: 'teams',
          table: 'teams',
          columns: { id: id.uuid(), code: key().text(), name: computed(() => suffix).text() },
        }),
      },
    })
    const controller = new AbortController()
    const stopped = await startTransfer({
      ...common,
      transfer,
      signal: controller.signal,
      onEvent: (event) => event.type === 'batch:committed' && controller.abort(),
    })
    assert.equal(stopped.exitCode, 130)
    suffix = 'two'
    const resumed = await resumeTransfer({ ...common, transfer })
    assert.equal(resumed.error?.code, 'FERRY_RUN_NOT_PURE')
    suffix = 'one'
    assert.equal((await resumeTransfer({ ...common, transfer })).status, 'completed')
  })
})

forEachWorld('a resumed run', { teams: 24 }, (run) => {
  it('gives the same tables whatever the batch size it goes on with', async () => {
    const { common, knex } = run()
    await interrupt(run(), 3)
    await resumeTransfer({ ...common, batchRows: 7 })
    const broken = await dumpWorld(knex)
    assert.isAbove(broken.length, 1000)
  })
})
