import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openSource } from '../../../adapters/open-source.ts'
import { isReadable, type Key } from '../../../src/adapter.ts'
import { renderKey } from '../../../src/core/canonical-value.ts'
import { spoolSource } from '../../../src/snapshot/spool-source.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

const data = join(PROJECT_ROOT, '../shared/data/parkinggarage')

/** Fields that the app's updateSpotStatus adds behind the model's back; toJSON, and so the app's own backup, drops them. */
const EXTRA = ['lastUpdated', 'maintenanceReason', 'estimatedCompletion', 'vehicleId', 'licensePlate', 'occupiedSince']

async function readStore(path: string): Promise<Map<string, Map<string, unknown>>> {
  const source = await openSource(path)
  const store = new Map<string, Map<string, unknown>>()
  for (const { name, count } of await source.describe()) {
    const records = new Map<string, unknown>()
    for await (const page of source.read(name)) {
      for (const item of page.items) {
        assert.ok(isReadable(item))
        records.set(renderKey(item.key), item.value)
      }
    }
    if (count !== undefined) assert.equal(records.size, count)
    store.set(name, records)
  }
  await source.close()
  return store
}

const withoutExtra = (spots: Map<string, unknown> | undefined) =>
  new Map(
    [...(spots ?? [])].map(([key, spot]) => [
      key,
      Object.fromEntries(Object.entries(spot as object).filter(([name]) => !EXTRA.includes(name))),
    ]),
  )

describe('the forms of the real parking garage hold the same store', () => {
  const counts = {
    small: { spots: 500, vehicles: 21, garageConfig: 1, spotsByFloorBay: 50, occupiedSpots: 21 },
    medium: { spots: 5100, vehicles: 3670, garageConfig: 1, spotsByFloorBay: 102, occupiedSpots: 1915 },
    large: { spots: 119543, vehicles: 140000, garageConfig: 1, spotsByFloorBay: 1200, occupiedSpots: 63914 },
  }
  const forms = { small: ['memorystore.keyed.json', 'ndjson'], medium: ['memorystore.keyed.json', 'ndjson'], large: ['ndjson'] }

  before(function () {
    if (!existsSync(data)) this.skip()
  })

  for (const size of ['small', 'medium', 'large'] as const) {
    it(`${size}: every collection, key and record`, async () => {
      const maps = await readStore(join(data, size, size === 'large' ? 'memorystore.maps.json.gz' : 'memorystore.maps.json'))
      assert.deepEqual(Object.fromEntries([...maps].map(([name, records]) => [name, records.size])), counts[size])
      for (const form of forms[size]) {
        // Large is given as NDJSON for its two big collections only.
        for (const [name, records] of await readStore(join(data, size, form)))
          assert.deepStrictEqual(records, maps.get(name), `${form} ${name}`)
      }
    })
  }

  it('small: the double-encoded form too, but for the fields that toJSON drops', async () => {
    const maps = await readStore(join(data, 'small/memorystore.maps.json'))
    const backup = await readStore(join(data, 'small/as-own-backup-writes'))
    assert.deepEqual([...backup.keys()].sort(), [...maps.keys()].sort())
    assert.deepStrictEqual(backup.get('spots'), withoutExtra(maps.get('spots')))
    for (const name of ['vehicles', 'garageConfig', 'spotsByFloorBay', 'occupiedSpots'])
      assert.deepStrictEqual(backup.get(name), maps.get(name), name)
  })

  it('medium: a snapshot made of a dump, gzipped too', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(data, 'medium/memorystore.maps.json')
      const maps = await readStore(path)
      for (const name of ['a.ferry.ndjson', 'a.ferry.ndjson.gz']) {
        await spoolSource(await openSource(path), join(folder, name))
        assert.deepStrictEqual(await readStore(join(folder, name)), maps)
      }
    }))

  it('medium: every odd plate is a key as text', async () => {
    const vehicles = (await readStore(join(data, 'medium/ndjson'))).get('vehicles')
    const plates: Key[] = [
      '00123',
      '0001',
      '1E10',
      '-1',
      '0X1F',
      'NULL',
      'TRUE',
      'NAN',
      'UNDEFINED',
      '2025-08-31',
      '1_000',
      "O'NEIL",
      '"Q"',
      'M-Ü 1',
      'İST 34',
    ]
    for (const plate of plates) assert.ok(vehicles?.has(renderKey(plate)), String(plate))
  })
})
