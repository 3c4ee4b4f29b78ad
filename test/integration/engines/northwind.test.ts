import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import definition from '../../../examples/northwind/ferry.config.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import { forEachEngine } from '../../support/engines.ts'
import { createNorthwindTables, hasNorthwind, NORTHWIND_ROWS, openNorthwind } from '../../support/northwind.ts'
import { countOf } from '../../support/world-run.ts'

forEachEngine('northwind', (db) => {
  let folder = ''
  beforeEach(async function () {
    if (!hasNorthwind()) this.skip()
    folder = mkdtempSync(join(tmpdir(), 'ferry-northwind-'))
    await db().session.close()
    await createNorthwindTables(db().config)
  })
  afterEach(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  it('arrives whole: composite keys, a self reference, blobs, a name with a space, leading zeros, times without a zone', async () => {
    const { target } = db()
    const transfer = { ...definition, folder: join(folder, '.ferry') }
    const source = openNorthwind()
    const result = await startTransfer({ transfer, target, source, noBackup: true })
    assert.equal(result.status, 'completed', JSON.stringify(result.error))
    const { knex } = target
    for (const [table, rows] of Object.entries(NORTHWIND_ROWS)) assert.equal(await countOf(knex, table), rows, table)
    assert.equal((await verifyTransfer({ transfer, target, source })).passed, true)

    const [chief] = await knex('employees').whereNull('reports_to').select('id')
    assert.equal(chief.id, 2)
    assert.equal(
      await knex('employees')
        .where({ reports_to: 2 })
        .count({ n: '*' })
        .then(([row]) => Number(row?.n)),
      5,
    )
    const westboro = await knex('territories').where({ id: '01581' }).first()
    assert.equal(westboro.description, 'Westboro')
    const { picture } = await knex('categories').where({ id: 1 }).first()
    assert.equal(Buffer.from(picture).subarray(0, 4).toString('hex'), 'ffd8ffe0')
    assert.lengthOf(picture, 64)
    const detail = await knex('Order Details').where({ order_id: 10248, product_id: 42 }).first()
    assert.equal(Number(detail.unit_price), 9.8)
    const order = await knex('orders').where({ id: 10248 }).first()
    assert.equal(Number(order.freight), 32.38)
    assert.equal(toInstant(order.ordered_at), '1996-07-04T07:00:00.000Z')

    assert.equal((await rollbackTransfer({ transfer, target })).status, 'rolled_back')
    for (const table of Object.keys(NORTHWIND_ROWS)) assert.equal(await countOf(knex, table), 0, table)
  })
})

/** mysql2 reads a DATETIME as a Date in this process's zone; its digits are UTC. */
function toInstant(value: unknown): string {
  if (!(value instanceof Date)) return new Date(String(value)).toISOString()
  return value.toISOString()
}
