import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Knex } from 'knex'
import type { RunEvent } from '../../../src/core/events.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import type { Target } from '../../../src/target/target.ts'
import { countPacked } from '../../support/count-packed.ts'
import { type EngineDatabase, forEachEngine, openEngineDatabase } from '../../support/engines.ts'
import { createOrderTables, createTagTable, defineOrders, TAGS, writeOrders } from '../../support/orders.ts'

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
  const rejects = await knex('ferry_rejects')
    .select('step_no', 'item_ordinal', 'key_text', 'stage', 'code', 'pointer', 'reason', 'value_text')
    .orderBy(['step_no', 'item_ordinal'])
  const steps = await knex('ferry_steps').select('step_no', 'status', 'counts').orderBy('step_no')
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
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const start = (target: Target, options: Partial<TransferOptions>, numbered = false) =>
    startTransfer({ transfer: defineOrders(join(folder, 'source'), join(folder, 'ferry'), numbered), target, noBackup: true, ...options })
  const resume = (options: Partial<TransferOptions>) =>
    resumeTransfer({ transfer: defineOrders(join(folder, 'source'), join(folder, 'ferry')), target: db().target, ...options })

  /** What a run row by row leaves in a second database. */
  const rowByRow = async (): Promise<string> => {
    const other: EngineDatabase & { close(): Promise<void> } =
      (await openEngineDatabase(db().engine)) ?? expect.fail(`${db().engine} answers no more`)
    try {
      await other.session.close()
      await createOrderTables(other.target.knex)
      const result = await start(other.target, ROW_BY_ROW)
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

  it('are read one after the other where they are numbered through the run, or batches have a size that somebody said', async function () {
    if (db().engine !== 'sqlite') this.skip()
    const lines = countPacked(db().target, 'order_lines')
    expect((await start(lines.target, { ...AHEAD, batchRows: 50 })).status).to.equal('completed_with_rejects')
    expect(lines.count()).to.equal(0)
    await db().target.knex('order_lines').delete()
    await db().target.knex.schema.dropTable('order_tags')
    await db().target.knex('orders').delete()
    await createTagTable(db().target.knex, true)
    process.env.FERRY_ORDERS_NUMBERED = '1'
    const tags = countPacked(db().target, 'order_tags')
    const again = await start(tags.target, { ...AHEAD, again: true }, true)
    expect(again.status, JSON.stringify(again.error)).to.equal('completed_with_rejects')
    expect(tags.count()).to.equal(0)
    expect(await db().target.knex('order_tags').max({ id: 'id' })).to.deep.equal([{ id: TAGS }])
  }).timeout(60_000)
})
