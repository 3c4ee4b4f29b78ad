import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { assert } from 'chai'
import { type Backup, createBackup } from '../../../src/backup/create-backup.ts'
import { listBackups } from '../../../src/backup/list-backups.ts'
import { readManifest } from '../../../src/backup/manifest.ts'
import { restoreBackup } from '../../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../../src/backup/verify-backup.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { Target } from '../../../src/target/target.ts'
import { failureOf } from '../../support/failure-of.ts'
import { makePairs, readPairs, startWriter } from '../../support/pair-database.ts'

const ROUNDS = Number(process.env.FERRY_TEST_RESTORES ?? 20)

describe('backup of SQLite', () => {
  let folder: string
  let file: string
  let target: Target

  const open = async (journalMode: 'wal' | 'delete' = 'wal', rows = 300) => {
    makePairs(file, { rows, journalMode })
    target = await openTarget({ config: { client: 'better-sqlite3', connection: { filename: file } } })
  }
  const backUp = async (options: { signal?: AbortSignal; runId?: string } = {}): Promise<Backup> => {
    const session = await target.openSession()
    try {
      return await createBackup({ target, session, folder, now: () => Date.now(), report: () => {}, ...options })
    } finally {
      await session.close()
    }
  }
  const change = (sql: string) => {
    const database = new Database(file)
    database.exec(sql)
    database.close()
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-backup-'))
    file = join(folder, 'app.sqlite')
  })
  afterEach(async () => {
    await target.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('says in its manifest what the copy is, readable by its owner alone, and is listed', async () => {
    await open()
    change(`CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO knex_migrations (name) VALUES ('001_first.ts'), ('002_second.ts')`)
    const older = await backUp()
    const backup = await backUp({ runId: 'r1' })
    assert.equal(statSync(backup.path).mode & 0o777, 0o600)
    assert.equal(statSync(backup.manifest).mode & 0o777, 0o600)
    assert.equal(statSync(join(backup.manifest, '..')).mode & 0o777, 0o700)
    const manifest = await readManifest(backup.manifest)
    assert.deepInclude(manifest, {
      engine: 'sqlite',
      runId: 'r1',
      journalMode: 'wal',
      target: target.label,
      bytes: statSync(backup.path).size,
    })
    assert.deepEqual(manifest.rows, { knex_migrations: 2, log: 0, ours: 300, theirs: 300 })
    assert.deepEqual(manifest.migrations, ['001_first.ts', '002_second.ts'])
    assert.match(manifest.engineVersion, /^3\./)
    assert.match(manifest.driver.version, /^\d+\./)
    assert.deepEqual(
      (await listBackups(folder)).map(({ id }) => id),
      [backup.id, older.id],
    )
    assert.deepEqual(await verifyBackup(backup.manifest), backup)
    assert.deepEqual(readdirSync(join(backup.manifest, '..')).sort(), ['database.sqlite', 'manifest.json'])
  })

  for (const journalMode of ['wal', 'delete'] as const) {
    it(`holds one moment of a database (${journalMode}) whose app commits all the time`, async () => {
      await open(journalMode, 3_000)
      const writer = await startWriter(file)
      try {
        const seen: number[] = []
        for (let n = 0; n < 4; n += 1) {
          const found = readPairs((await backUp()).path)
          assert.deepInclude(found, { whole: true, integrity: 'ok' })
          seen.push(found.n)
        }
        assert.isAbove(seen.at(-1) ?? 0, seen[0] ?? 0)
        const { n } = readPairs(file)
        assert.isAtLeast(n, seen.at(-1) ?? 0, 'the app went on')
      } finally {
        await writer.stop()
      }
    })
  }

  it('is taken of a database in memory too', async () => {
    target = await openTarget({ config: { client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true } })
    await target.knex.schema.createTable('things', (table) => table.increments('id'))
    await target.knex('things').insert([{ id: 1 }, { id: 2 }])
    const backup = await backUp()
    assert.deepEqual((await readManifest(backup.manifest)).rows, { things: 2 })
    assert.equal((await failureOf(restoreBackup({ target, manifest: backup.manifest }))).code, 'FERRY_RESTORE_FAILED')
  })

  it('leaves nothing behind when it is aborted', async () => {
    await open('wal', 10_000)
    const controller = new AbortController()
    const reason = new Error('stop')
    setImmediate(() => controller.abort(reason))
    assert.equal(await backUp({ signal: controller.signal }).catch((error) => error), reason)
    assert.deepEqual(readdirSync(join(folder, 'backups')), [])
    assert.deepEqual(await listBackups(folder), [])
  })

  it('refuses a copy that was cut, changed, taken away or whose manifest is no more', async () => {
    await open()
    const cases: [string, (backup: Backup) => Promise<void>][] = [
      ['cut', ({ path, bytes }) => truncate(path, bytes - 1)],
      [
        'one byte changed',
        async ({ path }) => {
          const bytes = await readFile(path)
          bytes.writeUInt8(bytes.readUInt8(5_000) ^ 1, 5_000)
          await writeFile(path, bytes)
        },
      ],
      ['gone', async ({ path }) => rmSync(path)],
      ['manifest cut', async ({ manifest }) => truncate(manifest, 40)],
      [
        'manifest of another file',
        async ({ manifest }) => {
          await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"database.sqlite"', '"../../../app.sqlite"'))
        },
      ],
      [
        'damaged, with a hash to match',
        async ({ path, manifest }) => {
          const { createHash } = await import('node:crypto')
          const bytes = await readFile(path)
          bytes.fill(0xff, 4_096, 12_288)
          await writeFile(path, bytes)
          const told = { ...(await readManifest(manifest)), sha256: createHash('sha256').update(bytes).digest('hex') }
          await writeFile(manifest, JSON.stringify(told))
        },
      ],
    ]
    for (const [name, damage] of cases) {
      const backup = await backUp()
      await damage(backup)
      assert.equal((await failureOf(verifyBackup(backup.manifest))).code, 'FERRY_BACKUP_INVALID', name)
      assert.equal((await failureOf(restoreBackup({ target, manifest: backup.manifest }))).code, 'FERRY_BACKUP_INVALID', name)
      assert.deepInclude(readPairs(file), { whole: true, integrity: 'ok', log: 0 }, name)
    }
  })

  it(`puts any of its moments back, ${ROUNDS} times at random, under an app that keeps it open and commits`, async function () {
    this.timeout(60_000 + ROUNDS * 3_000)
    await open('wal', 500)
    const writer = await startWriter(file)
    try {
      const backups: { backup: Backup; n: number }[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        if (backups.length === 0 || Math.random() < 0.4) {
          const backup = await backUp()
          backups.push({ backup, n: readPairs(backup.path).n })
        }
        const chosen = backups[Math.floor(Math.random() * backups.length)]
        assert.isDefined(chosen)
        if (chosen === undefined) continue
        const before = readPairs(file).n
        await restoreBackup({ target, manifest: chosen.backup.manifest, lockWaitMs: 30_000 })
        const found = readPairs(file)
        assert.deepInclude(found, { whole: true, integrity: 'ok' })
        assert.isAtLeast(found.n, chosen.n)
        if (before - chosen.n > 2_000) assert.isBelow(found.n, before, 'the app went on from the restored moment')
      }
      assert.isNull(writer.child.exitCode, 'the app never failed')
    } finally {
      await writer.stop()
    }
    const last = readPairs(file)
    assert.deepInclude(last, { whole: true, integrity: 'ok' })
  })

  it('puts exactly the copy back where nobody writes, and Knex sees it at once', async () => {
    await open()
    const backup = await backUp()
    const before = await target.knex('ours').select()
    change('UPDATE ours SET n = 99; DROP TABLE theirs; CREATE TABLE later (id INTEGER)')
    const again = await target.knex('ours').first('n')
    assert.equal(again.n, 99)
    await restoreBackup({ target, manifest: backup.manifest })
    assert.deepEqual(await target.knex('ours').select(), before)
    assert.isFalse(await target.knex.schema.hasTable('later'))
    assert.deepInclude(readPairs(file), { whole: true, n: 0, integrity: 'ok' })
    const reopened = new Database(file)
    assert.equal(reopened.pragma('journal_mode', { simple: true }), 'wal')
    reopened.close()
  })

  it('waits for another’s write lock, then says who is in the way by code', async () => {
    await open()
    const backup = await backUp()
    change('UPDATE ours SET n = 5; UPDATE theirs SET n = 5')
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    const refused = await failureOf(restoreBackup({ target, manifest: backup.manifest, lockWaitMs: 200 }))
    assert.equal(refused.code, 'FERRY_TARGET_LOCKED')
    assert.equal(Number(other.prepare('SELECT max(n) FROM ours').pluck().get()), 5)
    setTimeout(() => other.exec('COMMIT'), 300)
    await restoreBackup({ target, manifest: backup.manifest, lockWaitMs: 10_000 })
    assert.equal(Number(other.prepare('SELECT max(n) FROM ours').pluck().get()), 0, 'the open connection sees it too')
    other.close()
    assert.equal(readPairs(file).n, 0)
  })

  it('is put back where the database is gone, is no database, or has pages of another size', async () => {
    await open()
    const backup = await backUp()
    await target.close()
    const damages: [string, () => void | Promise<void>][] = [
      ['gone', () => rmSync(file)],
      [
        'gone, its log left',
        async () => {
          const kept = new Database(file)
          kept.exec('UPDATE ours SET n = 7')
          const log = await readFile(`${file}-wal`)
          kept.close()
          rmSync(file)
          await writeFile(`${file}-wal`, log)
        },
      ],
      ['text', () => writeFile(file, 'no database at all '.repeat(1_000))],
      ['empty', () => truncate(file, 0)],
      [
        'other pages',
        () => change('PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL; UPDATE ours SET n = 3'),
      ],
    ]
    for (const [name, damage] of damages) {
      for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
      await damage()
      const closed = { ...target, knex: target.knex }
      await restoreBackup({ target: closed, manifest: backup.manifest })
      assert.deepInclude(readPairs(file), { whole: true, n: 0, integrity: 'ok' }, name)
      const found = new Database(file)
      assert.equal(found.pragma('journal_mode', { simple: true }), name === 'empty' ? 'delete' : 'wal', name)
      found.close()
    }
  })
})
