import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { createMigrationProject, type MigrationProject } from '../support/migration-project.ts'
import { PROJECT_ROOT } from '../support/project-root.ts'
import { readCodeBlocks } from '../support/read-code-blocks.ts'

const PAGE = readFileSync(join(PROJECT_ROOT, 'docs/recovery.md'), 'utf8')
const SECTION = PAGE.split(/^## /m).find((part) => part.startsWith('A transfer that is a Knex migration'))

/** The recipes for `ferry` are executed by test/cli/recovery.test.ts; these are typed to Knex's own command. */
describe('docs/recovery.md, a transfer that is a Knex migration', () => {
  const [forward, back, force, unlock] = readCodeBlocks(SECTION ?? '').map(({ text }) => text.trim().split('\n'))
  let project: MigrationProject
  beforeEach(() => {
    project = createMigrationProject({ people: 100 })
  })
  afterEach(() => project.drop())

  const follow = async (lines: readonly string[] | undefined) => {
    for (const line of lines ?? ['no such recipe']) {
      const [, forced, command = ''] = /^(FERRY_FORCE=1 )?npx knex (.+)$/.exec(line) ?? []
      const { exitCode, stdout, stderr } = await project.knex(command.split(' '), forced === undefined ? {} : { FERRY_FORCE: '1' })
      expect(exitCode, `${line}\n${stdout}\n${stderr}`).to.equal(0)
    }
  }
  const withDatabase = <T>(work: (database: Database.Database) => T): T => {
    const database = new Database(join(project.folder, 'target.sqlite'))
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  const ask = (sql: string) => withDatabase((database) => database.prepare(sql).pluck().get())
  const change = (sql: string) => withDatabase((database) => database.exec(sql))

  it('leads forward after a kill, past a lock that Knex left, and back', async () => {
    expect((await project.knex(['migrate:latest'], { FERRY_DIE_AT: 'batch:committed 4' })).exitCode).to.equal(null)
    change('update knex_migrations_lock set is_locked = 1') // as a kill in Knex's own moments leaves it
    expect((await project.knex(['migrate:latest'])).stderr).to.include('already locked')
    await follow(unlock)
    expect(ask('select count(*) from people')).to.equal(100)
    await follow(back)
    expect(ask('select (select count(*) from people) + (select count(*) from teams)')).to.equal(0)
    await follow(forward)
    change("update people set mail = 'new@example.org' where mail = 'p7@example.org'")
    expect((await project.knex(['migrate:down'])).stderr).to.include('FERRY_ROLLBACK_KEPT_ROWS')
    await follow(force)
    expect(ask('select (select count(*) from people) + (select count(*) from teams)')).to.equal(0)
  })
})
