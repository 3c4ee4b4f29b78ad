import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import northwind from '../../../examples/northwind/ferry.config.ts'
import { fillMemoryStore } from '../../../examples/parking-garage/fill-memory-store.ts'
import { MemoryStore } from '../../../examples/parking-garage/memory-store.ts'
import garage from '../../../ferry.config.ts'
import type { SourceAdapter } from '../../../src/core/source-adapter.ts'
import type { ResolvedTransfer } from '../../../src/definition/transfer.ts'
import { exportStore, openSource } from '../../../src/index.ts'
import { compareTargets } from '../../../src/run/compare-targets.ts'
import { proveParity } from '../../../src/run/prove-parity.ts'
import { type EngineDatabase, openEngineDatabase } from '../../support/engines.ts'
import { openExampleDatabase } from '../../support/example-database.ts'
import { createNorthwindTables, hasNorthwind, NORTHWIND_ROWS, openNorthwind } from '../../support/northwind.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { countOf } from '../../support/world-run.ts'

const MEDIUM = join(PROJECT_ROOT, '../shared/data/parkinggarage/medium/memorystore.maps.json')

describe('the same source on every engine', () => {
  let folder = ''
  let databases: (EngineDatabase & { close(): Promise<void> })[] = []

  beforeEach(async function () {
    folder = mkdtempSync(join(tmpdir(), 'ferry-parity-'))
    databases = []
    for (const engine of ['sqlite', 'postgres', 'mysql'] as const) {
      const database = await openEngineDatabase(engine)
      if (database === undefined) continue
      databases.push(database)
      await database.session.close()
    }
    if (databases.length < 2) this.skip()
  })
  afterEach(async () => {
    for (const database of databases) await database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const assertParity = async (
    transfer: ResolvedTransfer,
    source: SourceAdapter,
    rows: (first: EngineDatabase | undefined) => Promise<Readonly<Record<string, number>>>,
  ): Promise<void> => {
    const targets = databases.map(({ target }) => target)
    const found = await proveParity({ transfer: { ...transfer, folder: join(folder, 'ferry') }, targets, source, noBackup: true })
    assert.isUndefined(found.failed, JSON.stringify(found.failed?.error))
    assert.deepEqual(
      found.targets.map(({ status }) => status),
      targets.map(() => 'completed'),
    )
    assert.isTrue(found.equal, JSON.stringify(found.comparisons))
    assert.lengthOf(found.comparisons, targets.length - 1)
    const wanted = await rows(databases[0])
    for (const { tables } of found.comparisons)
      assert.deepEqual(Object.fromEntries(tables.map((table) => [table.table, table.rows])), wanted)
  }

  it('gives equal rows of the parking garage', async function () {
    this.timeout(180_000)
    const real = existsSync(MEDIUM)
    const snapshot = join(folder, 'garage.ferry.ndjson')
    if (!real) {
      const store = MemoryStore.getInstance()
      fillMemoryStore(store, { spots: 5100, vehicles: 3670 })
      exportStore(store, snapshot)
      store.clear()
    }
    for (const { config } of databases) await (await openExampleDatabase(config)).close()
    const rows = { garages: 1, floors: 6, spots: 5100, spot_features: 124, vehicles: 3670, parking_sessions: 3670 }
    await assertParity(garage, await openSource(real ? MEDIUM : snapshot), async (first) =>
      real || first === undefined
        ? rows
        : { ...rows, floors: await countOf(first.target.knex, 'floors'), spot_features: await countOf(first.target.knex, 'spot_features') },
    )
  })

  it('gives equal rows of northwind, and every planted difference is found', async function () {
    this.timeout(180_000)
    if (!hasNorthwind()) this.skip()
    for (const { config } of databases) await createNorthwindTables(config)
    await assertParity(northwind, openNorthwind(), async () => NORTHWIND_ROWS)

    const [a, b] = databases
    if (a === undefined || b === undefined) return
    const { knex } = b.target
    await knex('territories').where({ id: '01581' }).update({ description: 'Westborough' })
    await knex('Order Details').where({ order_id: 10248, product_id: 42 }).delete()
    await knex('shippers').insert({ id: 4, company_name: 'New', phone: '1' })
    await knex('orders').where({ id: 10249 }).update({ shipped_at: null })
    const found = await compareTargets(a.target, b.target, { transfer: northwind })
    assert.isFalse(found.equal)
    assert.deepEqual(found.differences.map(({ table, key, column }) => [table, key, column]).sort(), [
      ['Order Details', '["10248","42"]', undefined],
      ['orders', '10249', 'shipped_at'],
      ['shippers', '4', undefined],
      ['territories', '01581', 'description'],
    ])
    assert.equal(
      found.tables.reduce((sum, { different }) => sum + different, 0),
      4,
    )
    const limited = await compareTargets(a.target, b.target, { transfer: northwind, limit: 1 })
    assert.lengthOf(limited.differences, 1)
    assert.isFalse(limited.equal)
    // What stands on one side only is found from either side.
    const turned = await compareTargets(b.target, a.target, { transfer: northwind })
    assert.lengthOf(turned.differences, 4)
  })
})
