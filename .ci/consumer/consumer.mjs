// Runs in an empty project that has only the packed tarball installed: the library moves a Map into SQLite.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import knex from 'knex'
import { DataMigration, defineTransfer, exportStore, FerryError, field, id, key, MemoryStoreAdapter, mapping } from 'knex-ferry'
import { isReadable } from 'knex-ferry/adapter'
import { describeAdapterContract } from 'knex-ferry/testing'

assert.equal(typeof isReadable, 'function')
assert.equal(typeof describeAdapterContract, 'function')
assert.ok(new FerryError('FERRY_INTERNAL', 'x', { hint: '' }) instanceof Error)

const config = { client: 'better-sqlite3', connection: { filename: './target.sqlite' }, useNullAsDefault: true }
const database = knex(config)
await database.schema.createTable('poets', (table) => {
  table.uuid('id').notNullable().primary()
  table.text('code').notNullable()
  table.text('name').notNullable()
})

exportStore(
  {
    poets: new Map([
      ['00123', { name: 'Inger' }],
      ['NULL', { name: 'Wisława' }],
    ]),
  },
  './store.ferry.ndjson',
)
const transfer = defineTransfer({
  name: 'poetry',
  source: new MemoryStoreAdapter({ file: './store.ferry.ndjson' }),
  target: { config },
  mappings: {
    poets: mapping({ from: 'poets', table: 'poets', columns: { id: id.uuid(), code: key().text(), name: field('name').text() } }),
  },
})

const migration = new DataMigration(transfer)
const result = await migration.migrateFromMemoryStore()
assert.equal(result.status, 'completed', JSON.stringify(result.error))
assert.deepEqual(await database('poets').orderBy('code').pluck('code'), ['00123', 'NULL'])
await migration.rollbackMigration()
assert.deepEqual(await database('poets').pluck('code'), [])
await migration.close()
await database.destroy()
rmSync('./target.sqlite')
