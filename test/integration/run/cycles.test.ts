import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { id, key, reference } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { planTransfer } from '../../../src/run/plan-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'

interface Link {
  next: string
}

/** Tables a -> b -> ... -> a, each with a foreign key `next_id`; the last one is added when every table is there. */
async function createRing(db: EngineDatabase, names: readonly string[], nullable: boolean): Promise<void> {
  const { knex } = db.target
  const nullText = nullable ? '' : ' not null'
  if (db.engine === 'sqlite') {
    for (const [at, name] of names.entries()) {
      const next = names[(at + 1) % names.length]
      await knex.raw(
        `create table ${name} (id varchar(36) primary key, code varchar(20) not null, next_id varchar(36)${nullText} references ${next}(id))`,
      )
    }
    return
  }
  for (const name of names)
    await knex.raw(`create table ${name} (id varchar(36) primary key, code varchar(20) not null, next_id varchar(36)${nullText})`)
  for (const [at, name] of names.entries()) {
    await knex.raw(`alter table ${name} add constraint ${name}_next foreign key (next_id) references ${names[(at + 1) % names.length]}(id)`)
  }
}

function defineRing(snapshot: string, names: readonly string[], options: { readonly folder: string; readonly nullable: boolean }) {
  return defineTransfer({
    name: 'ring',
    source: new SnapshotSource(snapshot),
    target: {},
    folder: options.folder,
    batchRows: 7,
    mappings: Object.fromEntries(
      names.map((name, at) => {
        const link = reference(names[(at + 1) % names.length] ?? name, (value: Link) => value.next, {
          missing: options.nullable ? 'null' : 'reject',
        })
        const columns = { id: id.uuid(), code: key().text(), next_id: options.nullable ? link.optional() : link }
        return [name, mapping<Link>({ from: name, table: name, columns })]
      }),
    ),
  })
}

forEachEngine('a cycle', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-cycle-'))
    await db().session.close()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const names of [['loners'], ['hens', 'eggs'], ['stones', 'papers', 'blades']]) {
    for (const nullable of [true, false]) {
      it(`of ${names.length} tables with ${nullable ? 'nullable' : 'NOT NULL'} columns is loaded in small batches, and taken out again`, async () => {
        const { target } = db()
        await createRing(db(), names, nullable)
        const store = Object.fromEntries(
          names.map((name) => [name, new Map(Array.from({ length: 30 }, (_, n) => [`k${n}`, { next: `k${(n * 11 + 1) % 30}` }]))]),
        )
        const snapshot = join(folder, 'ring.ferry.ndjson')
        exportStore(store, snapshot)
        const transfer = defineRing(snapshot, names, { folder: join(folder, 'ferry'), nullable })
        const plan = await planTransfer({ transfer, target })
        assert.lengthOf(plan.order.cycles, 1)
        assert.equal(plan.order.enforcementOff.length > 0, !nullable)
        const result = await startTransfer({ transfer, target, noBackup: true })
        assert.equal(result.status, 'completed', JSON.stringify(result.error))
        const [first] = names
        const next = names[1 % names.length]
        const joined = await target
          .knex(`${first} as a`)
          .join(`${next} as b`, 'a.next_id', 'b.id')
          .select({ code: 'a.code', next: 'b.code' })
        assert.lengthOf(joined, 30)
        for (const { code, next: following } of joined) assert.equal(following, `k${(Number(code.slice(1)) * 11 + 1) % 30}`)
        const undone = await rollbackTransfer({ transfer, target })
        assert.deepEqual(undone.rows?.keptCount, {})
        assert.equal(undone.exitCode, 0)
        for (const name of names) assert.lengthOf(await target.knex(name).select(), 0)
      })
    }
  }
})
