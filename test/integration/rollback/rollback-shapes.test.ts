import { expect } from 'chai'
import { rollbackRows } from '../../../src/rollback/rollback-rows.ts'
import type { Lease } from '../../../src/state/lease.ts'
import { readRun } from '../../../src/state/runs.ts'
import { readSteps } from '../../../src/state/steps.ts'
import type { Session, TableInfo } from '../../../src/target/target.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { type HandStep, writeRun } from '../../support/journalled-run.ts'

const UUIDS = [1, 2, 3].map((at) => `00000000-0000-4000-8000-00000000000${at}`)

forEachEngine('rollbackRows meets', (db) => {
  it('uuid keys, and a foreign key to a unique column that is not the primary key', async () => {
    await db().exec(`
      create table types (id varchar(36) not null primary key, code varchar(10) not null unique);
      create table things (id integer not null primary key, code varchar(10), foreign key (code) references types (code) on delete cascade)`)
    const types: HandStep = {
      ...{ kind: 'load', mapping: 'types', table: 'types', columns: { id: 'text', code: 'text' } },
      rows: UUIDS.map((id, at) => [id, `code ${at}`]),
    }
    const lease = await writeRun(db().session, [types])
    await db().exec("insert into things values (1, 'code 1'); insert into things values (2, null)")
    const result = await undo(db(), lease)
    expect(result.kept).to.deep.equal([{ table: 'types', key: UUIDS[1], why: 'referenced', by: 'things' }])
    expect(await db().session.all('select code from types')).to.deep.equal([{ code: 'code 1' }])
    expect(await db().session.all('select count(*) as n from things')).to.deep.equal([{ n: 2 }])
  })

  it('a foreign key that writes the table in other letters', async function () {
    if (db().engine === 'mysql') this.skip()
    await db().exec(`
      create table types (id integer not null primary key, code varchar(10));
      create table things (id integer not null primary key, type_id integer, foreign key (type_id) references TYPES (ID) on delete cascade)`)
    const types: HandStep = {
      ...{ kind: 'load', mapping: 'types', table: 'types', columns: { id: 'integer', code: 'text' } },
      rows: [
        [1n, 'a'],
        [2n, 'b'],
      ],
    }
    const lease = await writeRun(db().session, [types])
    await db().exec('insert into things values (1, 2)')
    await undo(db(), lease)
    expect(await db().session.all('select id from types')).to.deep.equal([{ id: 2 }])
    expect(await db().session.all('select id from things')).to.deep.equal([{ id: 1 }])
  })

  it('keys of two columns, referred to as such', async () => {
    await db().exec(`
      create table floors (id integer not null, level_no integer not null, name varchar(10), primary key (id, level_no));
      create table lamps (id integer not null primary key, floor_id integer, level_no integer,
        foreign key (floor_id, level_no) references floors (id, level_no) on delete cascade)`)
    const lease = await writePair(db().session)
    await db().exec('insert into lamps values (1, 1, 2); insert into lamps values (2, 3, null)')
    const result = await undo(db(), lease)
    expect(result.kept).to.deep.equal([{ table: 'floors', key: '["1","2"]', why: 'referenced', by: 'lamps' }])
    expect(await db().session.all('select id, level_no from floors')).to.deep.equal([{ id: 1, level_no: 2 }])
  })

  it('a row of the app that comes between the look and the deletion', async () => {
    await db().exec(`
      create table garages (id integer not null primary key, code varchar(10));
      create table notes (id integer not null primary key, garage_id integer, foreign key (garage_id) references garages (id) on delete cascade)`)
    const garages: HandStep = {
      ...{ kind: 'load', mapping: 'garages', table: 'garages', columns: { id: 'integer', code: 'text' } },
      rows: [1n, 2n, 3n, 4n].map((id) => [id, 'x']),
    }
    const lease = await writeRun(db().session, [garages])
    const { session } = db()
    let came = false
    const interrupted: Session = new Proxy(session, {
      get(on, name) {
        const member: unknown = Reflect.get(on, name, on)
        if (name !== 'begin') return typeof member === 'function' ? member.bind(on) : member
        return async () => {
          if (!came) await db().exec("insert into notes values (1, 1); update garages set code = 'new' where id = 2")
          came = true
          await on.begin()
        }
      },
    })
    const result = await undo({ ...db(), session: interrupted }, lease)
    expect(result.kept).to.have.deep.members([
      { table: 'garages', key: '1', why: 'referenced', by: 'notes' },
      { table: 'garages', key: '2', why: 'edited' },
    ])
    expect(await session.all('select id, code from garages order by id')).to.deep.equal([
      { id: 1, code: 'x' },
      { id: 2, code: 'new' },
    ])
    expect(await session.all('select garage_id from notes')).to.deep.equal([{ garage_id: 1 }])
  })

  it('a cycle that cannot be NULL, loaded with checks off', async function () {
    if (db().engine === 'postgres') this.skip()
    await db().exec(
      `
      create table heads (id integer not null primary key, team_id integer not null, foreign key (team_id) references teams (id));
      create table teams (id integer not null primary key, head_id integer not null, foreign key (head_id) references heads (id))`.replace(
        ', foreign key (team_id) references teams (id)',
        db().engine === 'sqlite' ? ', foreign key (team_id) references teams (id)' : '',
      ),
    )
    if (db().engine === 'mysql') await db().exec('alter table heads add foreign key (team_id) references teams (id)')
    const { session } = db()
    await session.dialect.setForeignKeyChecks(session, false)
    const load = (table: string, column: string): HandStep => ({
      ...{ kind: 'load', mapping: table, table, columns: { id: 'integer', [column]: 'integer' } },
      rows: [1n, 2n, 3n].map((id) => [id, id]),
    })
    const lease = await writeRun(session, [load('heads', 'team_id'), load('teams', 'head_id')], {
      facts: { enforcementOff: ['heads', 'teams'] },
    })
    await session.dialect.setForeignKeyChecks(session, true)
    await db().exec('insert into teams values (9, 2)')
    const result = await undo(db(), lease)
    expect(await session.all('select id, head_id from teams order by id')).to.deep.equal([
      { id: 2, head_id: 2 },
      { id: 9, head_id: 2 },
    ])
    expect(await session.all('select id, team_id from heads')).to.deep.equal([{ id: 2, team_id: 2 }])
    expect(result.deleted).to.deep.equal({ heads: 2, teams: 2 })
  })
})

/** Rows of floors with keys of two columns. */
async function writePair(session: Session): Promise<Lease> {
  const columns = { id: 'integer', level_no: 'integer', name: 'text' } as const
  return writeRun(session, [
    {
      ...{ kind: 'load', mapping: 'floors', table: 'floors', columns, primaryKey: ['id', 'level_no'] },
      rows: [
        [1n, 1n, 'a'],
        [1n, 2n, 'b'],
        [2n, 1n, null],
      ],
    },
  ])
}

async function undo(database: Pick<EngineDatabase, 'session' | 'target'>, lease: Lease) {
  const { session, target } = database
  const steps = await readSteps(session, lease.runId)
  const tables = new Map<string, TableInfo>()
  for (const { table } of steps) {
    const info = await session.dialect.readTable(session, table)
    if (info) tables.set(table, info)
  }
  const run = await readRun(session, lease.runId)
  return rollbackRows({ target, session, steps, tables, lease, leaseTtlMs: 60_000, run, dryRun: false, force: false, report: () => {} })
}
