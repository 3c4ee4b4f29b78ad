import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { field, id } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import type { CounterInput } from '../../../src/definition/transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { forEachEngine } from '../../support/engines.ts'

/** A store as an app keeps it: the newest poems were deleted, and their numbers are not given again. */
const store = { poems: new Map([1, 2, 5].map((number) => [number, { title: `Poem ${number}` }])), nextPoemId: 42 }

forEachEngine('ids that the app has given', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-next-'))
    await db().session.close()
    await db().target.knex.schema.createTable('poems', (table) => {
      table.increments('id')
      table.string('title', 40).notNullable()
    })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const move = (next?: CounterInput) => {
    const snapshot = join(folder, 'poems.ferry.ndjson')
    exportStore(store, snapshot)
    const transfer = defineTransfer({
      name: 'poems',
      source: new SnapshotSource(snapshot),
      target: {},
      folder,
      mappings: {
        poems: mapping<{ title: string }>({
          from: 'poems',
          table: 'poems',
          columns: { id: next === undefined ? id.keep() : id.keep({ next }), title: field('title').text() },
        }),
      },
    })
    return startTransfer({ transfer, target: db().target, noBackup: true })
  }
  const addPoem = async () => {
    await db().target.knex('poems').insert({ title: 'by the app' })
    return db().target.knex('poems').where({ title: 'by the app' }).pluck('id')
  }

  it('are kept, and the next insert of the app gets one above them', async () => {
    assert.equal((await move()).status, 'completed')
    assert.deepEqual(await addPoem(), [6])
  })

  it("go on from the app's own counter where it is named", async () => {
    assert.equal((await move(() => store.nextPoemId)).status, 'completed')
    assert.deepEqual(await addPoem(), [42])
  })

  it('never go back for a counter that lags behind', async () => {
    assert.equal((await move(3n)).status, 'completed')
    assert.deepEqual(await addPoem(), [6])
  })

  it('stop the run where the counter is no whole number', async () => {
    const { status, error } = await move(Number.NaN)
    assert.deepEqual([status, error?.code], ['failed', 'FERRY_DEFINITION_INVALID'])
  })
})
