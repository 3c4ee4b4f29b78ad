import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { assert } from 'chai'
import { createBackup } from '../../../src/backup/create-backup.ts'
import { restoreBackup } from '../../../src/backup/restore-backup.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { forEachEngine } from '../../support/engines.ts'

const MIB = 1024 * 1024

/** Pieces that were passed on count until they are collected, however many a busy host lets come together. */
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Watches the command lines of all processes of this host, and this one's memory, while `work` runs. */
async function watch(work: () => Promise<void>): Promise<{ readonly commandLines: ReadonlySet<string>; readonly grownBytes: number }> {
  const commandLines = new Set<string>()
  const usedNow = () => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  collectGarbage()
  const before = usedNow()
  let most = before
  const timer = setInterval(() => {
    if (usedNow() > most) collectGarbage()
    most = Math.max(most, usedNow())
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      try {
        commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      } catch {
        // it ended meanwhile
      }
    }
  }, 20)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return { commandLines, grownBytes: most - before }
}

forEachEngine('the backup of a server with a password', (db) => {
  before(function () {
    if (this.test?.parent?.title.endsWith('sqlite') || !existsSync('/proc/self/cmdline')) this.skip()
  })

  it('shows the password on no command line, and holds no dump in memory, there and back', async function () {
    this.timeout(120_000)
    const { engine, config, target: admin, session } = db()
    await session.close()
    const [user, password] = [`ferry_${randomBytes(4).toString('hex')}`, `pw-${randomBytes(12).toString('hex')}`]
    await admin.knex.raw(
      engine === 'mysql' ? `create user ${user} identified by '${password}'` : `create role ${user} superuser login password '${password}'`,
    )
    if (engine === 'mysql') await admin.knex.raw(`grant all on *.* to ${user}`)
    const folder = mkdtempSync(join(tmpdir(), 'ferry-secrets-'))
    const url = new URL(String(config.connection))
    url.username = user
    url.password = password
    const target = await openTarget({ config: { ...config, connection: url.href } })
    // Another account's options in the home of the person who runs it must not win.
    const home = process.env.HOME
    writeFileSync(join(folder, '.my.cnf'), '[client]\nuser=nobody\npassword=wrong\n')
    process.env.HOME = folder
    try {
      await target.knex.schema.createTable('blobs', (table) => {
        table.integer('id').primary()
        table.specificType('bytes', engine === 'mysql' ? 'longblob' : 'bytea').notNullable()
      })
      for (let id = 0; id < 48; id += 1) await target.knex('blobs').insert({ id, bytes: randomBytes(MIB) })
      const seen = await watch(async () => {
        const own = await target.openSession()
        const backup = await createBackup({ target, session: own, folder, now: () => Date.now(), report: () => {} })
        await own.close()
        assert.isAbove(backup.bytes, 48 * MIB)
        await target.knex('blobs').delete()
        await restoreBackup({ target, manifest: backup.manifest })
      })
      const [found] = await target.knex('blobs').count({ n: '*' })
      assert.equal(Number(found?.n), 48)
      const lines = [...seen.commandLines]
      for (const tool of engine === 'mysql' ? ['dump ', '--binary-mode'] : ['--format=custom', '--no-psqlrc']) {
        assert.isTrue(
          lines.some((line) => line.includes(tool)),
          `${tool} was seen at work`,
        )
      }
      assert.deepEqual(
        lines.filter((line) => line.includes(password)),
        [],
      )
      // The dump has 48 MiB at least, and twice that as the script that a restore reads.
      assert.isBelow(seen.grownBytes, 36 * MIB)
    } finally {
      if (home === undefined) delete process.env.HOME
      else process.env.HOME = home
      await target.close()
      if (engine === 'postgres') await admin.knex.raw(`reassign owned by ${user} to current_user; drop owned by ${user}`)
      await admin.knex.raw(`drop ${engine === 'mysql' ? 'user' : 'role'} ${user}`)
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
