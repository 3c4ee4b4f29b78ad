import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import createKnex, { type Knex } from 'knex'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { createMigrationProject, type MigrationProject, type MigrationProjectOptions } from '../../support/migration-project.ts'

const PEOPLE = 200

/** Rows of both tables as one text, and what Knex has recorded. */
async function look(knex: Knex): Promise<{ rows: string; recorded: string[]; people: number; teams: number; locked: number }> {
  const dump = async (table: string) => (await knex(table).select().orderBy('id')) as object[]
  const there = await knex.schema.hasTable('people')
  const people = there ? await dump('people') : []
  const teams = there ? await dump('teams') : []
  const recorded = (await knex('knex_migrations').orderBy('id').pluck('name')) as string[]
  const [lock] = (await knex('knex_migrations_lock').select('is_locked')) as { is_locked: number }[]
  return { rows: JSON.stringify([teams, people]), recorded, people: people.length, teams: teams.length, locked: lock?.is_locked ?? -1 }
}

const BOTH = ['001_tables.mjs', '002_people.mjs']

forEachEngine('a transfer as Knex migration', (db) => {
  let project: MigrationProject
  let knex: Knex
  beforeEach(async () => {
    const { config, session }: EngineDatabase = db()
    await session.close()
    project = createMigrationProject({ people: PEOPLE, config })
    knex = createKnex(config)
  })
  afterEach(async () => {
    await knex?.destroy()
    project?.drop()
  })

  it('killed and typed again goes on without migrate:unlock; migrate:down takes out exactly that', async () => {
    expect((await project.knex(['migrate:latest'], { FERRY_DIE_AT: 'batch:committed 5' })).exitCode).to.equal(null)
    const half = await look(knex)
    expect(half.people).to.be.greaterThan(0).and.lessThan(PEOPLE)

    await succeed(project, 'migrate:latest')
    const carried = await look(knex)
    expect(carried).to.deep.include({ people: PEOPLE, teams: 5, recorded: BOTH, locked: 0 })
    expect(await knex('ferry_runs').pluck('status')).to.deep.equal(['completed'])

    await project.migrate('down')
    expect(await look(knex)).to.deep.include({ people: 0, teams: 0, recorded: ['001_tables.mjs'], locked: 0 })
    await project.migrate('latest')
    expect((await look(knex)).rows).to.equal(carried.rows)
  })
})

describe('a transfer as Knex migration', () => {
  let project: MigrationProject
  let knex: Knex
  const open = (options: Partial<MigrationProjectOptions> = {}) => {
    project = createMigrationProject({ people: PEOPLE, ...options })
    knex = createKnex({ client: 'better-sqlite3', connection: { filename: join(project.folder, 'target.sqlite') }, useNullAsDefault: true })
  }
  afterEach(async () => {
    await knex?.destroy()
    project?.drop()
  })

  it('comes to the tables of an unbroken run however often it is killed', async () => {
    open()
    await project.migrate('latest')
    const unbroken = (await look(knex)).rows
    await project.migrate('down')
    const moments = [
      'run:started 1',
      'phase:started/load 1',
      'batch:committed 1',
      'batch:committed 6',
      'phase:started/verify 1',
      'run:finished 1',
    ]
    for (const moment of moments) {
      const { exitCode, stderr } = await project.knex(['migrate:latest'], { FERRY_DIE_AT: moment })
      expect(exitCode, `${moment}\n${stderr}`).to.equal(null)
    }
    await succeed(project, 'migrate:latest')
    expect(await look(knex)).to.deep.include({ rows: unbroken, recorded: BOTH, locked: 0 })
  })

  it('typed twice at once is done by one and refused to the other', async () => {
    open()
    const first = project.knex(['migrate:latest'], { FERRY_SLOW: '200' })
    await waitFor(async () => (await knex.schema.hasTable('ferry_runs')) && (await knex('ferry_runs').first()) !== undefined)
    const second = await project.knex(['migrate:latest'])
    expect([second.exitCode, (await first).exitCode]).to.deep.equal([1, 0])
    expect(second.stderr + second.stdout).to.include('FERRY_RUN_OWNED')
    expect(await look(knex)).to.deep.include({ people: PEOPLE, teams: 5, recorded: BOTH, locked: 0 })
    expect(await knex('ferry_runs').pluck('status')).to.deep.equal(['completed'])
  })

  it('started twice in the same moment is done once', async () => {
    open()
    // Two commands that make Knex's own tables in one moment can leave a lock row each: Knex then refuses both, before any migration is asked.
    await project.migrate('list')
    const both = await Promise.all([project.knex(['migrate:latest']), project.knex(['migrate:latest'])])
    expect(
      both.map(({ exitCode }) => exitCode),
      JSON.stringify(both),
    ).to.include(0)
    expect(await look(knex)).to.deep.include({ people: PEOPLE, teams: 5, recorded: BOTH, locked: 0 })
  })

  it('ends well where another knex command left a second row in the lock table', async () => {
    open()
    const first = project.knex(['migrate:latest'], { FERRY_SLOW: '100' })
    await waitFor(async () => (await knex.schema.hasTable('ferry_runs')) && (await knex('ferry_runs').first()) !== undefined)
    await knex('knex_migrations_lock').insert({ is_locked: 0 })
    const { exitCode, stderr } = await first
    expect(exitCode, stderr).to.equal(0)
    expect(await look(knex)).to.deep.include({ people: PEOPLE, recorded: BOTH, locked: 0 })
    expect(await knex('knex_migrations_lock').pluck('is_locked')).to.deep.equal([0])
    expect((await project.knex(['migrate:latest'])).stdout).to.include('Already up to date')
  })

  it('is not recorded a second time by a command that began before another recorded it', async () => {
    open()
    const first = project.knex(['migrate:latest'], { FERRY_SLOW: '200' })
    await waitFor(async () => (await knex.schema.hasTable('ferry_runs')) && (await knex('ferry_runs').first()) !== undefined)
    await knex('knex_migrations').insert({ name: '002_people.mjs', batch: 1 })
    const { exitCode, stderr } = await first
    expect([exitCode, stderr]).to.satisfy(([code, text]: [number, string]) => code === 1 && text.includes('FERRY_MIGRATE_FAILED'))
    await project.migrate('latest')
    expect(await look(knex)).to.deep.include({ people: PEOPLE, recorded: BOTH, locked: 0 })
  })

  it('takes nothing out while rows were edited or added since, and lists them', async () => {
    open()
    await project.migrate('latest')
    const { id } = await knex('people').where({ mail: 'p3@example.org' }).first('id')
    await knex('people').where({ id }).update({ mail: 'new@example.org' })
    const { team_id } = await knex('people').where({ mail: 'p4@example.org' }).first('team_id')
    await knex('people').insert({ id: 'own', mail: 'own@example.org', team_id })
    const before = await look(knex)

    const refused = await project.knex(['migrate:down'])
    expect(refused.exitCode).to.equal(1)
    for (const said of ['FERRY_ROLLBACK_KEPT_ROWS', 'FERRY_FORCE=1', id, team_id]) expect(refused.stderr).to.include(said)
    expect(await look(knex)).to.deep.equal(before)

    await succeed(project, 'migrate:down', { FERRY_FORCE: '1' })
    expect(await knex('people').pluck('id')).to.deep.equal(['own'])
    expect(await knex('teams').pluck('id')).to.deep.equal([team_id])
    expect((await look(knex)).recorded).to.deep.equal(['001_tables.mjs'])
  })

  it('goes on with a migrate:down that was killed', async () => {
    open()
    await project.migrate('latest')
    expect((await project.knex(['migrate:down'], { FERRY_DIE_AT: 'notice 1' })).exitCode).to.equal(null)
    expect(await knex('ferry_runs').pluck('status')).to.deep.equal(['rolling_back'])
    await succeed(project, 'migrate:down')
    expect(await look(knex)).to.deep.include({ people: 0, teams: 0, recorded: ['001_tables.mjs'], locked: 0 })
    expect(await knex('ferry_runs').pluck('status')).to.deep.equal(['rolled_back'])
  })

  it('ends a rollback that was killed before it carries the data anew', async () => {
    open()
    await project.migrate('latest')
    const carried = (await look(knex)).rows
    await project.knex(['migrate:down'], { FERRY_DIE_AT: 'notice 1' })
    await knex('knex_migrations').where({ name: '002_people.mjs' }).delete()
    await succeed(project, 'migrate:latest')
    expect(await look(knex)).to.deep.include({ rows: carried, recorded: BOTH })
  })

  it('is refused inside ferry transfer --migrate, and then goes on by itself', async () => {
    open()
    const { exitCode, stdout } = await project.ferry('transfer', '--migrate', '--no-backup', '--yes')
    expect(exitCode).to.equal(1)
    expect(stdout).to.include('FERRY_MIGRATE_FAILED').and.include('002_people.mjs')
    expect(await knex.schema.hasTable('people')).to.equal(false)
    await succeed(project, 'migrate:latest')
    expect(await look(knex)).to.deep.include({ people: PEOPLE, recorded: BOTH })
  })

  it('refuses to run inside one transaction of Knex', async () => {
    open({ exported: 'up, down' })
    const { exitCode, stderr } = await project.knex(['migrate:latest'])
    expect(exitCode).to.equal(1)
    expect(stderr).to.include('FERRY_MIGRATE_FAILED').and.include('up, down, config')
    expect((await project.knex(['migrate:list'])).stdout).to.include('Found 2 Pending')
  })

  it('has TypeScript migrations applied and taken back by the published command', async () => {
    open({ typescript: true, tablesOnly: true, people: 20 })
    const moved = await project.ferry('transfer', '--migrate', '--no-backup', '--yes')
    expect(moved.exitCode, moved.stderr).to.equal(0)
    expect(await look(knex)).to.deep.include({ people: 20, recorded: ['001_tables.ts'] })
    const back = await project.ferry('rollback', '--level', 'rows', '--level', 'schema', '--yes')
    expect(back.exitCode, back.stderr).to.equal(0)
    expect(await look(knex)).to.deep.include({ people: 0, recorded: [] })
    expect(await knex.schema.hasTable('people')).to.equal(false)
  })
})

async function succeed(project: MigrationProject, command: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { exitCode, stdout, stderr } = await project.knex([command], env)
  expect(exitCode, `${command}\n${stdout}\n${stderr}`).to.equal(0)
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries === 1500) throw new Error('it did not come to pass within 30 s')
    await wait(20)
  }
}
