import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { type Backup, createBackup } from '../../../src/backup/create-backup.ts'
import { readManifest } from '../../../src/backup/manifest.ts'
import { restoreBackup } from '../../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../../src/backup/verify-backup.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { failureOf } from '../../support/failure-of.ts'
import type { RestoreOrder } from '../../support/restore-child.ts'

const CHILD_ENTRY = fileURLToPath(new URL('../../support/restore-child.ts', import.meta.url))

/** Whether a client program is connected to the database. */
async function hasRestorer({ engine, target: { knex } }: EngineDatabase): Promise<boolean> {
  if (engine === 'postgres') {
    const { rows } = await knex.raw("select 1 from pg_stat_activity where datname = current_database() and application_name = 'psql'")
    return rows.length > 0
  }
  const [rows] = await knex.raw(
    'select id from information_schema.processlist where db = database() and id <> connection_id() and command <> ?',
    ['Sleep'],
  )
  return rows.length > 0
}

/** Asks again and again; false when it never came true within 20 s. */
async function until(ask: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) if (await ask()) return true
  return false
}

forEachEngine('a backup as every engine makes it', (db) => {
  let folder: string

  const backUp = async (): Promise<Backup> => {
    const { target } = db()
    const session = await target.openSession()
    try {
      return await createBackup({ target, session, folder, now: () => Date.now(), report: () => {} })
    } finally {
      await session.close()
    }
  }
  const dump = async ({ target: { knex } }: EngineDatabase) => ({
    parents: await knex('parents').select().orderBy('id'),
    children: await knex('children').select().orderBy('id'),
  })

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-backup-'))
    await db().session.close()
    const { knex } = db().target
    await knex.schema.createTable('parents', (table) => {
      table.increments('id')
      table.string('name', 200).notNullable()
      table.binary('bytes')
    })
    await knex.schema.createTable('children', (table) => {
      table.increments('id')
      table.integer('parent_id').unsigned().references('parents.id')
      table.text('note')
    })
    const names = ['plain', `it's "quoted" \\ back`, 'ü ✓ 😀', 'line\r\nbreak', '']
    await knex('parents').insert(names.map((name, n) => ({ name, bytes: Buffer.from([0, 1, 39, 92, 255, n]) })))
    const [first] = await knex('parents').select('id').orderBy('id')
    await knex('children').insert(Array.from({ length: 500 }, (_, n) => ({ parent_id: first.id, note: `note ${n}` })))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('puts rows and schema back, and takes out what came after it', async () => {
    const before = await dump(db())
    const backup = await backUp()
    const { knex } = db().target
    await knex.schema.createTable('later', (table) => {
      table.increments('id')
      table.integer('child_id').unsigned().references('children.id')
    })
    await knex('later').insert({ child_id: before.children[0].id })
    await knex.schema.alterTable('parents', (table) => table.string('more'))
    await knex('parents').update({ name: 'changed' })
    await restoreBackup({ target: db().target, manifest: backup.manifest })
    assert.deepEqual(await dump(db()), before)
    assert.isFalse(await knex.schema.hasTable('later'))
    assert.isFalse(await knex.schema.hasColumn('parents', 'more'))
    await knex('parents').insert({ name: 'the next id is free' })
    await restoreBackup({ target: db().target, manifest: backup.manifest })
    assert.deepEqual(await dump(db()), before, 'as often as wanted')
  })

  it('says what it is, to its owner alone, without secrets', async () => {
    const backup = await backUp()
    const manifest = await readManifest(backup.manifest)
    assert.equal(manifest.engine, db().engine)
    assert.deepEqual(
      manifest.rows,
      Object.fromEntries(Object.entries(manifest.rows).map(([name, n]) => [name, /children/.test(name) ? 500 : n])),
    )
    assert.deepEqual(Object.values(manifest.rows).sort(), [5, 500])
    assert.match(manifest.engineVersion, /\d/)
    assert.match(manifest.driver.version, /^\d+\./)
    assert.equal(statSync(backup.path).mode & 0o777, 0o600)
    assert.notInclude(readFileSync(backup.manifest, 'utf8'), '@')
    assert.equal(readdirSync(join(backup.manifest, '..')).length, 2, 'no option file is left')
    assert.deepEqual(await verifyBackup(backup.manifest), backup)
  })

  it('is refused when it was cut, and the target stays', async () => {
    const backup = await backUp()
    await truncate(backup.path, Math.floor(backup.bytes / 2))
    const before = await dump(db())
    assert.equal((await failureOf(restoreBackup({ target: db().target, manifest: backup.manifest }))).code, 'FERRY_BACKUP_INVALID')
    assert.deepEqual(await dump(db()), before)
  })

  it('is put back whole, or by the next call, when the process is killed on the way', async function () {
    this.timeout(120_000)
    if (db().engine === 'sqlite') this.skip() // killed-restore.test.ts
    const { knex } = db().target
    const before = await dump(db())
    const backup = await backUp()
    const changed = 'note of later'
    await knex('children').update({ note: changed })
    const after = await dump(db())
    const order: RestoreOrder = { config: db().config, manifest: backup.manifest }
    const { NODE_OPTIONS: _ours, ...env } = process.env
    const path = await bundleChild(CHILD_ENTRY)
    const child = spawn(process.execPath, [path, JSON.stringify(order)], { env, stdio: 'ignore' })
    const started = await until(() => hasRestorer(db()))
    child.kill('SIGKILL')
    await until(async () => !(await hasRestorer(db())))
    rmSync(path)
    assert.isTrue(started, 'it was killed at work')
    if (db().engine === 'postgres') assert.include([JSON.stringify(before), JSON.stringify(after)], JSON.stringify(await dump(db())))
    await restoreBackup({ target: db().target, manifest: backup.manifest })
    assert.deepEqual(await dump(db()), before)
  })

  it('is refused while another connection holds its tables', async () => {
    const backup = await backUp()
    const before = await dump(db())
    const other = await db().openAgain()
    await other.session.begin()
    await other.session.run("update parents set name = 'held'")
    const refused = await failureOf(restoreBackup({ target: db().target, manifest: backup.manifest, lockWaitMs: 1_000 }))
    assert.equal(refused.code, 'FERRY_TARGET_LOCKED')
    await other.session.rollback()
    await other.session.close()
    if (db().engine !== 'mysql') assert.deepEqual(await dump(db()), before)
    await restoreBackup({ target: db().target, manifest: backup.manifest })
    assert.deepEqual(await dump(db()), before)
  })
})
