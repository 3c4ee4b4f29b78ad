import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import definition from '../../../ferry.config.ts'
import { DataMigration, openSource } from '../../../src/index.ts'
import { forEachEngine } from '../../support/engines.ts'
import { openExampleDatabase } from '../../support/example-database.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

const MEDIUM = join(PROJECT_ROOT, '../shared/data/parkinggarage/medium/memorystore.maps.json')
const ROWS = { garages: 1, floors: 6, spots: 5100, spot_features: 124, vehicles: 3670, parking_sessions: 3670 }

forEachEngine('the real medium store', (db) => {
  it('arrives whole by the same definition, and goes away again', async function () {
    this.timeout(120_000)
    if (!existsSync(MEDIUM)) this.skip()
    const example = await openExampleDatabase(db().config)
    const migration = new DataMigration(
      { ...definition, folder: join(example.folder, '.ferry') },
      { target: { config: example.config }, source: await openSource(MEDIUM) },
    )
    try {
      const result = await migration.migrateFromMemoryStore({ noBackup: true })
      expect(result.error, JSON.stringify(result.error)).to.equal(undefined)
      expect(result.status).to.equal('completed')
      const countRows = async (table: string) => Number((await example.knex(table).count({ n: '*' }))[0]?.n)
      for (const [table, count] of Object.entries(ROWS)) expect(await countRows(table), table).to.equal(count)
      const back = await migration.rollbackMigration()
      expect(back.status).to.equal('rolled_back')
      for (const table of Object.keys(ROWS)) expect(await countRows(table), table).to.equal(0)
      expect(await countRows('rate_types')).to.equal(3)
    } finally {
      await migration.close()
      await example.close()
    }
  })
})
