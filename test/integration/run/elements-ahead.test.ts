import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Knex } from 'knex'
import type { RunEvent } from '../../../src/core/events.ts'
import { planTransfer } from '../../../src/run/plan-transfer.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import type { Target } from '../../../src/target/target.ts'
import { countPacked } from '../../support/count-packed.ts'
import { type EngineDatabase, forEachEngine, openEngineDatabase } from '../../support/engines.ts'
import { expectForecast } from '../../support/forecast-equals.ts'
import { createOrderTables, defineOrders, numberTags, writeOrders } from '../../support/orders.ts'

const DEFINITION = fileURLToPath(new URL('../../support/orders-definition.ts', import.meta.url))
const AHEAD = { definitionFile: DEFINITION, workers: 2, workersFrom: 1 } as const
const HERE = { workers: 0, workersFrom: 1 } as const
const ROW_BY_ROW = { workers: 0 } as const
const TABLES = ['orders', 'order_lines', 'order_tags']

/** Everything that arrived or was refused, and what was counted; where batches end is no part of it. */
async function dump(knex: Knex): Promise<string> {
  const rows = await Promise.all(
    TABLES.map((table) =>
      knex(table)
        .select()
        .orderBy(table === 'order_lines' ? ['order_id', 'position'] : ['id']),
    ),
  )
  const [newest] = await knex('ferry_runs').where({ kind: 'transfer' }).orderBy('started_at', 'desc').limit(1)
  const rejects = await knex('ferry_rejects')
    .where({ run_id: newest?.id })
    .select('step_no', 'item_ordinal', 'key_text', 'stage', 'code', 'pointer', 'reason', 'value_text')
    .orderBy(['step_no', 'item_ordinal'])
  const steps = await knex('ferry_steps').where({ run_id: newest?.id }).select('step_no', 'status', 'counts').orderBy('step_no')
  const { length } = rejects
  expect(length, 'the source holds records that are refused').to.be.above(10)
  return JSON.stringify([rows, rejects, steps], undefined, 1)
}

forEachEngine('elements of lists by worker threads', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-elements-'))
    writeOrders(join(folder, 'source'))
    process.env.FERRY_ORDERS_SOURCE = join(folder, 'source')
    process.env.FERRY_ORDERS_FOLDER = join(folder, 'ferry')
    process.env.FERRY_ORDERS_NUMBERED = '0'
    await db().session.close()
    await createOrderTables(db().target.knex)
  })
  afterEach(() => {
    delete process.env.FERRY_ORDERS_SEEN
    rmSync(folder, { recursive: true, force: true })
  })

  const define = (numbered = false) => defineOrders(join(folder, 'source'), join(folder, 'ferry'), numbered)
  const start = (target: Target, options: Partial<TransferOptions>, numbered = false) =>
    startTransfer({ transfer: define(numbered), target, noBackup: true, ...options })
  const resume = (options: Partial<TransferOptions>) => resumeTransfer({ transfer: define(), target: db().target, ...options })

  /** What a run row by row leaves in a second database. */
  const rowByRow = async ({ numbered } = { numbered: false }): Promise<string> => {
    const other: EngineDatabase & { close(): Promise<void> } =
      (await openEngineDatabase(db().engine)) ?? expect.fail(`${db().engine} answers no more`)
    try {
      await other.session.close()
      await createOrderTables(other.target.knex)
      if (numbered) await numberTags(other.target.knex)
      const result = await start(other.target, ROW_BY_ROW, numbered)
      expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
      return await dump(other.target.knex)
    } finally {
      await other.close()
    }
  }

  for (const [name, options] of [
    ['two threads', AHEAD],
    ['this thread alone', HERE],
  ] as const)
    it(`arrive, are refused and are counted with ${name} as row by row`, async () => {
      const counted = countPacked(db().target, 'order_lines')
      const result = await start(counted.target, options)
      expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
      expect(counted.count()).to.be.above(5)
      expect(await dump(db().target.knex)).to.equal(await rowByRow())
    }).timeout(60_000)

  it('are forecast by two threads as by one, and verified', async () => {
    const seen = join(folder, 'seen')
    process.env.FERRY_ORDERS_SEEN = seen
    const looked = () => {
      const { size } = statSync(seen)
      writeFileSync(seen, '')
      return size
    }
    writeFileSync(seen, '')
    const common = { transfer: define(), target: db().target }
    const plan = await planTransfer({ ...common, ...AHEAD })
    expect(looked(), 'lines that threads have forecast').to.be.above(100)
    expect(plan).to.deep.equal(await planTransfer({ ...common, workers: 0 }))
    const run = await start(common.target, { ...AHEAD, skipValidation: true })
    const session = await common.target.openSession()
    await expectForecast(plan, run, session).finally(() => session.close())
    looked()
    const verified = await verifyTransfer({ ...common, ...AHEAD })
    expect(looked(), 'lines that threads have made once more').to.be.above(100)
    expect(verified.passed).to.equal(true)
    expect({ ...verified, ms: 0 }).to.deep.equal({ ...(await verifyTransfer({ ...common, workers: 0 })), ms: 0 })
    expect(looked()).to.equal(0)
  }).timeout(60_000)

  // From here on it is no matter of the engine.
  it('go on after an interruption, with threads and without, from wherever the other stood', async function () {
    if (db().engine !== 'sqlite') this.skip()
    const expected = await rowByRow()
    let batches = 0
    const until = (count: number) => {
      const stop = new AbortController()
      const onEvent = (event: RunEvent) => {
        if (event.type === 'batch:committed' && event.step === 1) batches += 1
        if (batches >= count) stop.abort()
      }
      return { signal: stop.signal, onEvent }
    }
    expect((await start(db().target, { ...AHEAD, ...until(4) })).exitCode).to.equal(130)
    // Seven items a batch: the next one stands inside of a list.
    expect((await resume({ ...ROW_BY_ROW, batchRows: 7, ...until(9) })).exitCode).to.equal(130)
    expect((await resume({ ...AHEAD, ...until(13) })).exitCode).to.equal(130)
    const done = await resume(HERE)
    expect(done.status, JSON.stringify(done.error)).to.equal('completed_with_rejects')
    expect(await dump(db().target.knex)).to.equal(expected)
  }).timeout(60_000)

  it('are packed by this thread alone where they are numbered through the run, and where batches have a size that somebody said', async function () {
    if (db().engine !== 'sqlite') this.skip()
    process.env.FERRY_ORDERS_NUMBERED = '1'
    await numberTags(db().target.knex)
    const expected = await rowByRow({ numbered: true })
    const sizes: number[] = []
    const onEvent = (event: RunEvent) => void (event.type === 'batch:committed' && sizes.push(event.items))
    const counted = countPacked(db().target, 'order_tags')
    const result = await start(counted.target, { ...AHEAD, onEvent }, true)
    expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
    expect(counted.count()).to.be.above(5)
    expect(await dump(db().target.knex)).to.equal(expected)
    await rollbackTransfer({ transfer: define(true), target: db().target })
    sizes.length = 0
    expect((await start(db().target, { ...AHEAD, batchRows: 50, onEvent }, true)).status).to.equal('completed_with_rejects')
    expect(Math.max(...sizes)).to.equal(50)
    expect(await dump(db().target.knex)).to.equal(expected)
  }).timeout(60_000)
})
