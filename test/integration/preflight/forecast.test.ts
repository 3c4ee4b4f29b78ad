import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Conflict } from '../../../src/definition/transfer.ts'
import { planTransfer } from '../../../src/run/plan-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { expectForecast } from '../../support/forecast-equals.ts'
import { fillMessy, makeMessy, messyRecords, messyTransfer } from '../../support/messy-transfer.ts'
import { seededChance } from '../../support/plant-damage.ts'

forEachEngine('the forecast of a messy source', (db) => {
  let folder = ''

  beforeEach(async function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(tmpdir(), 'ferry-forecast-'))
    await makeMessy(db().session)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const conflict of ['insert', 'skip', 'upsert'] as const) {
    for (const filled of [false, true]) {
      it(`tells what the run then does: conflict ${conflict}, ${filled ? 'rows there before' : 'empty tables'}`, async function () {
        this.timeout(60_000)
        if (filled) await fillMessy(db().session)
        await expectForecastOf(db(), { conflict, folder, seed: filled ? 4 : 3 })
      })
    }
  }

  it('writes nothing', async function () {
    this.timeout(60_000)
    const { session, target } = db()
    const before = await session.dialect.listTables(session)
    await session.close()
    const transfer = { ...messyTransfer(messyRecords(50, seededChance(1)), 'insert'), folder }
    await planTransfer({ transfer, target })
    const after = await target.openSession()
    try {
      expect(await after.dialect.listTables(after)).to.deep.equal(before)
      expect((await after.rows('select id from members')).length).to.equal(0)
    } finally {
      await after.close()
    }
  })
})

async function expectForecastOf(db: EngineDatabase, at: { conflict: Conflict; folder: string; seed: number }): Promise<void> {
  const { target, session } = db
  const transfer = { ...messyTransfer(messyRecords(160, seededChance(at.seed)), at.conflict), folder: at.folder }
  // Plan and run take connections of their own, and SQLite's pool has but one.
  await session.close()
  const seen = await planTransfer({ transfer, target })
  expect(seen.predictedRejects).to.be.greaterThan(20)
  const run = await startTransfer({ transfer, target, noBackup: true })
  const after = await target.openSession()
  try {
    await expectForecast(seen, run, after)
  } finally {
    await after.close()
  }
}
