import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from 'chai'
import { createBackup } from '../../../src/backup/create-backup.ts'
import { findBackupTool } from '../../../src/backup/find-backup-tool.ts'
import type { Session, Target } from '../../../src/target/target.ts'
import { failureOf } from '../../support/failure-of.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

describe('findBackupTool', () => {
  it('finds the first of its names on the path, and only what can be run', () =>
    withTemporaryFolder(async (folder) => {
      for (const name of ['one', 'two']) mkdirSync(join(folder, name))
      writeFileSync(join(folder, 'one/mariadb-dump'), '', { mode: 0o644 })
      writeFileSync(join(folder, 'two/mysqldump'), '', { mode: 0o755 })
      const path = `${join(folder, 'one')}:${join(folder, 'two')}`
      assert.deepInclude(await findBackupTool('mysql', 'dump', path), { name: 'mysqldump', path: join(folder, 'two/mysqldump') })
    }))

  it('names the package of what is missing, and nothing for SQLite', async () => {
    assert.deepEqual(await findBackupTool('postgres', 'dump', ''), { name: 'pg_dump', path: undefined, packages: 'postgresql-client' })
    assert.isUndefined(await findBackupTool('sqlite'))
  })

  it('makes a backup without its tool fail with the package’s name, leaving nothing', () =>
    withTemporaryFolder(async (folder) => {
      const path = process.env.PATH
      process.env.PATH = folder
      try {
        const target = { engine: 'postgres', label: 'postgres://h:1/d' } as Target
        const failure = await failureOf(createBackup({ target, session: {} as Session, folder, now: () => 0, report: () => {} }))
        assert.equal(failure.code, 'FERRY_BACKUP_FAILED')
        assert.include(failure.hint, 'postgresql-client')
      } finally {
        process.env.PATH = path
      }
    }))
})
