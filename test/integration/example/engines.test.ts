import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import definition from '../../../ferry.config.ts'
import { DataMigration, openSource } from '../../../src/index.ts'
import { forEachEngine } from '../../support/engines.ts'
import { openExampleDatabase } from '../../support/example-database.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

const DATA = join(PROJECT_ROOT, '../shared/data/parkinggarage')
/**
 * Rows by size of store, as other programs than ours counted them. Only the small one without FERRY_TEST_LONG:
 * parity.test.ts moves the medium one into every engine, and the large one takes minutes on a server.
 */
const STORES = [
  ['small/memorystore.maps.json', { garages: 1, floors: 5, spots: 500, spot_features: 52, vehicles: 21, parking_sessions: 21 }],
  ['medium/memorystore.maps.json', { garages: 1, floors: 6, spots: 5100, spot_features: 124, vehicles: 3670, parking_sessions: 3670 }],
  [
    'large/memorystore.maps.json.gz',
    { garages: 1, floors: 12, spots: 119543, spot_features: 1198, vehicles: 140000, parking_sessions: 140000 },
  ],
] as const

forEachEngine('the real store', (db) => {
  for (const [store, rows] of STORES)
    it(`${store} arrives whole by the same definition, is verified, and goes away again`, async function () {
      this.timeout(900_000)
      const path = join(DATA, store)
      if (!existsSync(path) || (!store.startsWith('small') && process.env.FERRY_TEST_LONG !== '1')) this.skip()
      const example = await openExampleDatabase(db().config)
      const migration = new DataMigration(
        { ...definition, folder: join(example.folder, '.ferry') },
        { target: { config: example.config }, source: await openSource(path) },
      )
      try {
        const result = await migration.migrateFromMemoryStore({ noBackup: true })
        expect(result.error, JSON.stringify(result.error)).to.equal(undefined)
        expect(result.status).to.equal('completed')
        const countRows = async (table: string) => Number((await example.knex(table).count({ n: '*' }))[0]?.n)
        for (const [table, count] of Object.entries(rows)) expect(await countRows(table), table).to.equal(count)
        const back = await migration.rollbackMigration()
        expect(back.status).to.equal('rolled_back')
        for (const table of Object.keys(rows)) expect(await countRows(table), table).to.equal(0)
        expect(await countRows('rate_types')).to.equal(3)
      } finally {
        await migration.close()
        await example.close()
      }
    })
})
