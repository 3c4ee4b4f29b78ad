import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { assert } from 'chai'
import { createBackup } from '../../../src/backup/create-backup.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { makePairs, readPairs } from '../../support/pair-database.ts'
import type { RestoreOrder } from '../../support/restore-child.ts'

const ROUNDS = Number(process.env.FERRY_TEST_KILLED_RESTORES ?? 1)
const CHILD_ENTRY = fileURLToPath(new URL('../../support/restore-child.ts', import.meta.url))

async function restoreInChild(
  path: string,
  given: Omit<RestoreOrder, 'config'> & { file: string },
  killAfterMs?: number,
): Promise<string | null> {
  const { file, ...rest } = given
  const order: RestoreOrder = { ...rest, config: { client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true } }
  const { NODE_OPTIONS: _ours, ...env } = process.env
  const child = spawn(process.execPath, [path, JSON.stringify(order)], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [, signal] = await once(child, 'close')
  clearTimeout(timer)
  return signal === null ? said : null
}

for (const journalMode of ['wal', 'delete'] as const) {
  describe(`a restore of SQLite (${journalMode}) that is killed`, () => {
    let child = ''
    let folder: string
    let file: string
    let manifest: string

    before(async () => {
      child = await bundleChild(CHILD_ENTRY)
    })
    after(() => rmSync(child, { force: true }))
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ferry-kill-'))
      file = join(folder, 'app.sqlite')
      makePairs(file, { rows: 8_000, journalMode })
      const target = await openTarget({ config: { client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true } })
      const session = await target.openSession()
      const backup = await createBackup({ target, session, folder, now: () => Date.now(), report: () => {} })
      await session.close()
      await target.close()
      manifest = backup.manifest
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    /** Changes every row, so that old and new content differ on every page. */
    const goOn = () => {
      const app = new Database(file)
      app.exec(
        `BEGIN; UPDATE ours SET n = 1, filler = 'now'; UPDATE theirs SET n = 1, filler = 'now'; INSERT INTO log (text) VALUES ('1'); COMMIT`,
      )
      app.close()
    }

    it('leaves the old content or the new, and is finished by the next', async function () {
      this.timeout(120_000)
      goOn()
      for (const killAtPiece of ROUNDS > 1 ? [0, 1] : [1]) {
        assert.isNull(await restoreInChild(child, { file, manifest, killAtPiece }), 'killed')
        assert.deepInclude(readPairs(file), { whole: true, n: 1, integrity: 'ok' }, `killed at piece ${killAtPiece}`)
      }
      assert.match((await restoreInChild(child, { file, manifest })) ?? '', /^done [1-9]/)
      assert.deepInclude(readPairs(file), { whole: true, n: 0, integrity: 'ok' })
    })

    it('does so at any moment', async function () {
      this.timeout(240_000)
      const startedAt = Date.now()
      await restoreInChild(child, { file, manifest })
      const wholeMs = Date.now() - startedAt
      const found = new Set<number>()
      for (let round = 0; round < ROUNDS; round += 1) {
        goOn()
        await restoreInChild(child, { file, manifest }, wholeMs * (0.5 + 0.5 * Math.random()))
        const { whole, n, integrity } = readPairs(file)
        assert.deepEqual({ whole, integrity }, { whole: true, integrity: 'ok' })
        found.add(n)
        await restoreInChild(child, { file, manifest })
        assert.deepInclude(readPairs(file), { whole: true, n: 0, integrity: 'ok' })
      }
      assert.isNotEmpty(found)
    })
  })
}
