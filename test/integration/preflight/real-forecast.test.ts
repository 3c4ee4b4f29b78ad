import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openSource } from '../../../adapters/open-source.ts'
import definition from '../../../ferry.config.ts'
import { planTransfer } from '../../../src/run/plan-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { openExampleDatabase } from '../../support/example-database.ts'
import { expectForecast } from '../../support/forecast-equals.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

const MEDIUM = join(PROJECT_ROOT, '../shared/data/parkinggarage/medium/memorystore.maps.json')

describe('the forecast of the real medium store', function () {
  this.timeout(120_000)

  it('tells the rows, rejects and nulls that the run then makes', async function () {
    if (!existsSync(MEDIUM)) this.skip()
    const database = await openExampleDatabase()
    const target = await openTarget({ knex: database.knex })
    try {
      const source = await openSource(MEDIUM)
      const transfer = { ...definition, folder: join(database.folder, '.ferry') }
      const seen = await planTransfer({ transfer, target, source })
      expect(seen.passed).to.equal(true)
      expect(seen.predictedRejects).to.equal(0)
      const run = await startTransfer({ transfer, target, source, noBackup: true })
      const session = await target.openSession()
      try {
        await expectForecast(seen, run, session)
      } finally {
        await session.close()
      }
    } finally {
      await target.close()
      await database.close()
    }
  })
})
