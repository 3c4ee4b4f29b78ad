import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { Chalk } from 'chalk'
import type { Knex } from 'knex'
import { renderPlan } from '../../../src/cli/render/render-plan.ts'
import { type Plan, planTransfer } from '../../../src/run/plan-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { BulkPath, EngineName, Target } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { openOwnServer } from '../../support/own-server.ts'
import { createWithdrawnStore, createWithdrawnTables, defineWithdrawn, type WithdrawnWorld } from '../../support/withdrawn-world.ts'
import { countOf } from '../../support/world-run.ts'

const BULK_PATHS: Readonly<Record<EngineName, BulkPath>> = { sqlite: 'prepared insert', postgres: 'copy', mysql: 'load data' }
const WORDS: Readonly<Record<BulkPath, string>> = {
  'prepared insert': 'prepared INSERTs',
  copy: 'COPY',
  'load data': 'LOAD DATA LOCAL',
  'multi-row insert': 'go by INSERTs',
}

describe('the plan of a load', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-plan-load-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const prepare = async (target: Target, world: WithdrawnWorld) => {
    const snapshot = join(folder, 'store.ferry.ndjson')
    exportStore(createWithdrawnStore(world), snapshot)
    await createWithdrawnTables(target.knex, world, target.engine)
    return { transfer: defineWithdrawn(world, snapshot, join(folder, 'ferry')), target, noBackup: true, deferIndexesFrom: 1 } as const
  }
  const render = (plan: Plan) => renderPlan(plan, new Chalk({ level: 0 }), { samples: false }).join('\n')

  forEachEngine('by engine', (db) => {
    it('says how rows go in, and which indexes are taken away: those that the run then drops', async () => {
      await db().session.close()
      const common = await prepare(db().target, 'indexed')
      const plan = await planTransfer(common)
      assert.equal(plan.load.bulkPath, BULK_PATHS[db().engine])
      assert.equal(plan.load.bulkHint, '')
      assert.isNull(plan.load.enforcement)
      const keys = { table: 'visits', foreignKeys: ['visits_next_id_foreign', 'visits_room_id_foreign'] }
      assert.deepEqual<unknown>(plan.load.laterForeignKeys, db().engine === 'sqlite' ? [] : [{ ...keys, by: 'constraints' }])
      assert.equal(render(plan).includes('visits_room_id_foreign'), db().engine !== 'sqlite')
      const dropped: { table: string; indexes: readonly string[] }[] = []
      const result = await startTransfer({
        ...common,
        onEvent: (event) => {
          if (event.type === 'indexes:dropped') dropped.push({ table: event.table, indexes: event.names })
        },
      })
      assert.equal(result.status, 'completed', JSON.stringify(result.error))
      assert.deepEqual(plan.load.deferredIndexes, dropped)
      assert.include(render(plan), WORDS[plan.load.bulkPath])
      assert.include(render(plan), dropped[0]?.indexes.join(', ') ?? 'nothing')
      assert.deepEqual((await planTransfer({ ...common, deferIndexesFrom: 1_000 })).load.deferredIndexes, [])
    })

    it('says what a NOT NULL cycle needs on this engine', async () => {
      await db().session.close()
      const { enforcement } = (await planTransfer(await prepare(db().target, 'ring'))).load
      assert.equal(enforcement?.by, db().engine === 'postgres' ? 'constraints' : 'session')
      assert.sameMembers(enforcement?.foreignKeys.map(({ table }) => table) ?? [], ['hens', 'eggs'])
      const { transfer, target } = { transfer: defineWithdrawn('ring', join(folder, 'store.ferry.ndjson'), folder), target: db().target }
      const words = db().engine === 'postgres' ? 'dropped before the load and made again' : "off in the run's session"
      assert.include(render(await planTransfer({ transfer, target })), words)
    })
  })

  const assertInserts = async (config: Knex.Config) => {
    const target = await openTarget({ config })
    try {
      const common = await prepare(target, 'indexed')
      const plan = await planTransfer(common)
      assert.equal(plan.load.bulkPath, 'multi-row insert')
      assert.include(render(plan), 'local_infile')
      const result = await startTransfer(common)
      assert.equal(result.status, 'completed', JSON.stringify(result.error))
      assert.equal(await countOf(target.knex, 'visits'), 90)
    } finally {
      await target.close()
    }
  }

  it('is INSERTs of many rows where a server forbids LOAD DATA LOCAL, and they do', async function () {
    this.timeout(120_000)
    const server = await openOwnServer('mysql')
    if (server === undefined) this.skip()
    try {
      const admin = await openTarget({ config: server.config })
      await admin.knex.raw('set global local_infile = 0')
      await admin.close()
      await assertInserts(server.config)
    } finally {
      await server.close()
    }
  })
})
