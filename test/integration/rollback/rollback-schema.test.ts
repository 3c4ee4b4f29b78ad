import { expect } from 'chai'
import createKnex, { type Knex } from 'knex'
import { isFerryError } from '../../../src/core/errors.ts'
import { rollbackSchema } from '../../../src/rollback/rollback-schema.ts'
import { readRun } from '../../../src/state/runs.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { Target } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { type HandStep, writeRun } from '../../support/journalled-run.ts'

const GARAGES: HandStep = {
  ...{ kind: 'load', mapping: 'garages', table: 'garages', columns: { id: 'integer', code: 'text' } },
  rows: [],
}

const MIGRATIONS: Readonly<Record<string, { up(knex: Knex): Promise<unknown>; down(knex: Knex): Promise<unknown> }>> = {
  first: {
    up: (knex) => knex.raw('create table app (id integer not null primary key)'),
    down: (knex) => knex.raw('drop table app'),
  },
  second: {
    up: (knex) => knex.raw('create table garages (id integer not null primary key, code varchar(40))'),
    down: (knex) => knex.raw('drop table garages'),
  },
  third: {
    up: (knex) =>
      knex.raw('create table floors (id integer not null primary key, garage_id integer, foreign key (garage_id) references garages (id))'),
    down: (knex) => knex.raw('drop table floors'),
  },
}

const SILENT: Knex.Logger = { warn() {}, error() {}, debug() {}, deprecate() {} }

/** Migrations held in memory; one of them may fail on its way down. */
function sourceOf(failing?: string): Knex.MigrationSource<string> {
  return {
    getMigrations: async () => Object.keys(MIGRATIONS),
    getMigrationName: (name) => name,
    async getMigration(name) {
      const found = MIGRATIONS[name]
      if (!found) throw new Error(`no migration ${name}`)
      return { up: found.up, down: name === failing ? () => Promise.reject(new Error('down fails')) : found.down }
    },
  }
}

forEachEngine('rollbackSchema', (db) => {
  let knex: Knex
  let target: Target

  beforeEach(async () => {
    await open()
    await knex.migrate.latest()
    await knex.raw('insert into app values (1)')
    await writeRun(db().session, [GARAGES], { facts: { migrations: ['second', 'third'] } })
  })

  afterEach(() => knex.destroy())

  it('takes back the migrations of the run alone, newest first', async () => {
    expect(await takeBack()).to.deep.equal(['third', 'second'])
    expect(await tables()).to.deep.equal(['app'])
    expect(await takeBack()).to.deep.equal([])
  })

  it('refuses while rows are there, and says which tables', async () => {
    await knex.raw("insert into garages values (1, 'mine')")
    const error = await takeBack().catch((thrown: unknown) => thrown)
    expect(isFerryError(error, 'FERRY_ROLLBACK_REFUSED') && error.message).to.contain('garages (1)')
    expect(await tables()).to.deep.equal(['app', 'floors', 'garages'])
    expect(await takeBack(true)).to.deep.equal(['third', 'second'])
  })

  it('refuses while a table that refers to the run’s holds rows', async () => {
    await knex.raw('insert into floors values (1, null)')
    expect(isFerryError(await takeBack().catch((thrown: unknown) => thrown), 'FERRY_ROLLBACK_REFUSED')).to.equal(true)
  })

  it('goes on after a down that failed', async () => {
    await knex.destroy()
    await open('second')
    expect(isFerryError(await takeBack().catch((thrown: unknown) => thrown), 'FERRY_MIGRATE_FAILED')).to.equal(true)
    expect(await tables()).to.deep.equal(['app', 'garages'])
    await knex.destroy()
    await open()
    expect(await takeBack()).to.deep.equal(['second'])
    expect(await tables()).to.deep.equal(['app'])
  })

  async function open(failing?: string): Promise<void> {
    knex = createKnex({ ...db().config, log: SILENT, migrations: { migrationSource: sourceOf(failing) } })
    target = await openTarget({ knex })
  }

  async function takeBack(lossy = false): Promise<readonly string[]> {
    return rollbackSchema({ target, run: await readRun(db().session, 'run-1'), lossy })
  }

  async function tables(): Promise<readonly string[]> {
    const { dialect } = db().session
    return (await dialect.listTables(db().session)).filter((name) => !/^(ferry|knex)_/.test(name)).sort()
  }
})
