import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import type { RunEvent } from '../../src/core/events.ts'
import { resumeTransfer } from '../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../src/run/start-transfer.ts'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { openTarget } from '../../src/target/open-target.ts'
import { type OwnServer, openOwnServer } from '../support/own-server.ts'
import { createTables, createWorld, defineWorld } from '../support/world.ts'
import { dumpWorld } from '../support/world-run.ts'

const RESTARTS = Number(process.env.FERRY_TEST_RESTART_COUNT ?? 10)

if (process.env.FERRY_TEST_RESTARTS === '1') {
  for (const engine of ['postgres', 'mysql'] as const) {
    describe(`a run whose server crashes and comes back, on ${engine}`, () => {
      let server: OwnServer | undefined
      let folder = ''
      before(async function () {
        this.timeout(120_000)
        server = await openOwnServer(engine)
        if (server === undefined) this.skip()
        folder = mkdtempSync(join(tmpdir(), 'ferry-restart-'))
      })
      after(async () => {
        await server?.close()
        if (folder !== '') rmSync(folder, { recursive: true, force: true })
      })

      it(`gives the tables of an unbroken run after each of ${RESTARTS} restarts`, async function () {
        this.timeout(0)
        if (server === undefined) return
        const own = server
        const snapshot = join(folder, 'world.ferry.ndjson')
        exportStore(createWorld(12), snapshot)
        const transfer = defineWorld(snapshot, join(folder, 'ferry'))
        const target = await openTarget({ config: own.config })
        try {
          const { knex } = target
          await createTables(knex)
          const takeBack = async () => {
            await rollbackTransfer({ transfer, target })
            if (engine === 'postgres') await knex.raw("select setval(pg_get_serial_sequence('notes', 'id'), 1, false)")
            else await knex.raw('alter table notes auto_increment = 1')
          }
          await startTransfer({ transfer, target, noBackup: true })
          const whole = await dumpWorld(knex)
          await takeBack()
          let wentOn = 0
          for (let n = 0; n < RESTARTS; n += 1) {
            let commits = 0
            let restarted: Promise<void> | undefined
            const onEvent = (event: RunEvent) => {
              if (event.type !== 'batch:committed') return
              commits += 1
              if (commits === 1 + (n % 8)) restarted = own.restart()
            }
            const first = await startTransfer({ transfer, target, noBackup: true, onEvent })
            await restarted
            if (first.status === 'completed_with_rejects') wentOn += 1
            else {
              await knex('ferry_runs').where({ id: first.runId }).update({ lease_owner: null, lease_expires_at: null })
              const next = await resumeTransfer({ transfer, target, noBackup: true })
              assert.equal(next.status, 'completed_with_rejects', JSON.stringify([first.error, next.error]))
            }
            assert.equal(await dumpWorld(knex), whole, `restart after commit ${1 + (n % 8)}`)
            await takeBack()
          }
          assert.isAtLeast(wentOn, RESTARTS / 2)
        } finally {
          await target.close()
        }
      })
    })
  }
}
