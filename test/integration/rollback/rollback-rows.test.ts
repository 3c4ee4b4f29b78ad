import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import type { Row } from '../../../src/core/row.ts'
import { type RollbackRowsOptions, type RollbackRowsResult, rollbackRows } from '../../../src/rollback/rollback-rows.ts'
import type { Lease } from '../../../src/state/lease.ts'
import { readRun } from '../../../src/state/runs.ts'
import { readSteps } from '../../../src/state/steps.ts'
import type { TableInfo } from '../../../src/target/target.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { type HandStep, writeRun } from '../../support/journalled-run.ts'

/** spots and vehicles refer to one another; notes, photos and fines are the app's own tables. */
const TABLES = `
  create table garages (id integer not null primary key, code varchar(40) not null);
  create table spots (id integer not null primary key, garage_id integer not null, vehicle_id integer,
    foreign key (garage_id) references garages (id) on delete cascade FORWARD);
  create table vehicles (id integer not null primary key, plate varchar(40), spot_id integer,
    foreign key (spot_id) references spots (id) on delete cascade);
  AFTER
  create table notes (id integer not null primary key, garage_id integer, foreign key (garage_id) references garages (id) on delete cascade);
  create table photos (id integer not null primary key, spot_id integer, foreign key (spot_id) references spots (id) on delete set null);
  create table employees (id integer not null primary key, name varchar(40), manager_id integer,
    foreign key (manager_id) references employees (id) on delete cascade)`

const GARAGES: HandStep = {
  ...{ kind: 'load', mapping: 'garages', table: 'garages', columns: { id: 'integer', code: 'text' } },
  rows: [
    [1n, 'a'],
    [2n, 'b'],
    [3n, 'c'],
  ],
}
const SPOTS: HandStep = {
  ...{
    kind: 'load',
    mapping: 'spots',
    table: 'spots',
    columns: { id: 'integer', garage_id: 'integer', vehicle_id: 'integer' },
    deferred: 1,
  },
  rows: [
    [11n, 1n, null],
    [12n, 1n, null],
    [21n, 2n, null],
    [31n, 3n, null],
    [32n, 3n, null],
  ],
}
const VEHICLES: HandStep = {
  ...{ kind: 'load', mapping: 'vehicles', table: 'vehicles', columns: { id: 'integer', plate: 'text', spot_id: 'integer' } },
  rows: [
    [101n, 'AA', 11n],
    [102n, 'BB', 21n],
    [103n, null, null],
  ],
}
const LINKS: HandStep = {
  ...{ kind: 'patch', mapping: 'spots', table: 'spots', columns: { id: 'integer', vehicle_id: 'integer' } },
  rows: [
    [11n, 101n],
    [21n, 102n],
    [31n, 103n],
  ],
}
const RUN = [GARAGES, SPOTS, VEHICLES, LINKS]

forEachEngine('rollbackRows', (db) => {
  beforeEach(async () => {
    const late = 'alter table spots add foreign key (vehicle_id) references vehicles (id) on delete set null;'
    const inline = ', foreign key (vehicle_id) references vehicles (id) on delete set null'
    const isSqlite = db().engine === 'sqlite'
    await db().exec(TABLES.replace('FORWARD', isSqlite ? inline : '').replace('AFTER', isSqlite ? '' : late))
  })

  it('takes out all that the run wrote and nothing else', async () => {
    await db().exec(
      "insert into garages values (9, 'mine'); insert into spots values (91, 9, null); insert into vehicles values (901, 'MY', 91)",
    )
    const lease = await writeRun(db().session, RUN)
    const result = await undo(db(), lease)
    expect(result).to.deep.equal({
      ...{ deleted: { garages: 3, spots: 5, vehicles: 3 }, restored: {}, gone: {} },
      ...{ keptCount: {}, kept: [] },
    })
    expect(await dump(db())).to.deep.equal({ garages: ['9,mine'], spots: ['91,9,'], vehicles: ['901,MY,91'], notes: [], photos: [] })
    expect(await db().session.all('select run_id from ferry_journal')).to.deep.equal([])
  })

  it('keeps edited rows, and what they refer to', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec("update vehicles set plate = 'NEW' where id = 102")
    const result = await undo(db(), lease)
    expect(await dump(db())).to.deep.include({ garages: ['2,b'], spots: ['21,2,102'], vehicles: ['102,NEW,21'] })
    expect(result.kept).to.have.deep.members([
      { table: 'vehicles', key: '102', why: 'edited' },
      { table: 'spots', key: '21', why: 'referenced', by: 'vehicles' },
      { table: 'garages', key: '2', why: 'referenced', by: 'spots' },
    ])
    expect(result.keptCount).to.deep.equal({ vehicles: 1, spots: 1, garages: 1 })
    expect(result.deleted).to.deep.equal({ garages: 2, spots: 4, vehicles: 2 })
  })

  it('never lets a cascade or a SET NULL reach rows of the app', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec('insert into notes values (1, 3); insert into photos values (1, 31); insert into photos values (2, null)')
    const result = await undo(db(), lease)
    expect(await dump(db())).to.deep.equal({
      ...{ garages: ['3,c'], spots: ['31,3,103'], vehicles: ['103,,'] },
      ...{ notes: ['1,3'], photos: ['1,31', '2,'] },
    })
    expect(result.keptCount).to.deep.equal({ garages: 1, spots: 1, vehicles: 1 })
  })

  it('keeps what rows of the app in the same tables refer to', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec("insert into vehicles values (201, 'MINE', 12)")
    await undo(db(), lease)
    expect(await dump(db())).to.deep.include({ garages: ['1,a'], spots: ['12,1,'], vehicles: ['201,MINE,12'] })
  })

  it('keeps a row whose link the app set or changed', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec('update spots set vehicle_id = 103 where id = 32; update spots set vehicle_id = 101 where id = 21')
    await undo(db(), lease)
    expect(await dump(db())).to.deep.include({
      ...{ garages: ['1,a', '2,b', '3,c'], spots: ['11,1,101', '21,2,101', '32,3,103'], vehicles: ['101,AA,11', '103,,'] },
    })
  })

  it('counts rows that are gone already', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec('update spots set vehicle_id = null where id = 11; delete from vehicles where id = 101')
    const result = await undo(db(), lease, { force: true })
    expect(result.gone).to.deep.equal({ vehicles: 1 })
    expect(await dump(db())).to.deep.include({ garages: [], spots: [], vehicles: [] })
  })

  it('deletes edited rows with force, but never what rows of the app refer to', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec("update vehicles set plate = 'NEW'; update garages set code = 'x' where id = 2; insert into notes values (1, 1)")
    const result = await undo(db(), lease, { force: true })
    expect(await dump(db())).to.deep.include({ garages: ['1,a'], spots: [], vehicles: [], notes: ['1,1'] })
    expect(result.forced?.map(({ table, key }) => `${table} ${key}`)).to.have.members([
      'garages 2',
      'vehicles 101',
      'vehicles 102',
      'vehicles 103',
    ])
  })

  it('only reads in a dry run, and foretells what the real one does', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec("update vehicles set plate = 'NEW' where id = 102; insert into photos values (1, 32)")
    const before = await dump(db())
    const foretold = await undo(db(), lease, { dryRun: true })
    expect(await dump(db())).to.deep.equal(before)
    const result = await undo(db(), lease)
    expect({ ...foretold, kept: [...foretold.kept] }).to.deep.equal({ ...result, kept: [...result.kept] })
  })

  it('takes out a table that refers to itself, children first', async () => {
    const rows: Row[] = [
      [1n, 'root', 1n],
      [2n, 'a', 1n],
      [3n, 'b', 2n],
      [4n, 'c', 2n],
      [5n, 'd', 4n],
    ]
    const lease = await writeRun(db().session, [employees(rows)])
    const result = await undo(db(), lease)
    expect(result.deleted).to.deep.equal({ employees: 5 })
    expect(await rowsOf(db(), 'employees')).to.deep.equal([])
  })

  it('keeps the chain above a row of the app', async () => {
    const rows: Row[] = [
      [1n, 'root', null],
      [2n, 'a', 1n],
      [3n, 'b', 1n],
      [4n, 'c', 2n],
    ]
    const lease = await writeRun(db().session, [employees(rows)])
    await db().exec("insert into employees values (9, 'mine', 2)")
    await undo(db(), lease)
    expect(await rowsOf(db(), 'employees')).to.deep.equal(['1,root,', '2,a,1', '9,mine,2'])
  })

  it('puts before-images back, and leaves what was edited since', async () => {
    await db().exec("insert into garages values (1, 'one'); insert into garages values (2, 'two')")
    const upserts: HandStep = {
      ...GARAGES,
      rows: [[3n, 'three']],
      updates: [
        [1n, 'ONE'],
        [2n, 'TWO'],
      ],
    }
    const lease = await writeRun(db().session, [upserts])
    await db().exec("update garages set code = 'edited' where id = 2")
    const result = await undo(db(), lease)
    expect(await rowsOf(db(), 'garages')).to.deep.equal(['1,one', '2,edited'])
    expect(result).to.deep.include({ deleted: { garages: 1 }, restored: { garages: 1 }, keptCount: { garages: 1 } })
  })

  it('goes back through several updates of one row, and through its insert', async () => {
    await db().exec("insert into garages values (1, 'one')")
    const twice: HandStep = {
      ...GARAGES,
      rows: [[3n, 'x']],
      updates: [
        [1n, 'ONE'],
        [1n, 'UNO'],
        [3n, 'y'],
        [3n, 'z'],
      ],
    }
    const lease = await writeRun(db().session, [twice])
    await undo(db(), lease)
    expect(await rowsOf(db(), 'garages')).to.deep.equal(['1,one'])
  })

  it('frees rows that an upserted row of the app was moved to', async () => {
    await db().exec("insert into garages values (9, 'mine'); insert into spots values (91, 9, null)")
    const moved: HandStep = { ...SPOTS, rows: [], updates: [[91n, 1n]] }
    const lease = await writeRun(db().session, [GARAGES, moved])
    await undo(db(), lease)
    expect(await dump(db())).to.deep.include({ garages: ['9,mine'], spots: ['91,9,'] })
  })

  it('goes on where it was stopped, after any batch', async () => {
    for (let stopAfter = 0; stopAfter < 10; stopAfter += 1) {
      const id = `run-${stopAfter}`
      const lease = await writeRun(db().session, RUN, { id })
      await db().exec(`update vehicles set plate = 'NEW' where id = 102; insert into photos values (${stopAfter}, 32)`)
      await undo(db(), lease, { signal: stopsAfter(stopAfter) }).catch((error: unknown) => {
        expect(isFerryError(error, 'FERRY_RUN_INTERRUPTED'), String(error)).to.equal(true)
      })
      const again = await db().openAgain()
      const result = await undo({ ...db(), ...again }, lease)
      await again.session.close()
      expect(await dump(db())).to.deep.include({ garages: ['2,b', '3,c'], spots: ['21,2,102', '32,3,'], vehicles: ['102,NEW,21'] })
      expect(result.keptCount).to.deep.equal({ vehicles: 1, spots: 2, garages: 2 })
      await db().exec(
        'delete from photos; update spots set vehicle_id = null; delete from vehicles; delete from spots; delete from garages',
      )
    }
  })

  it('stops at the next batch when another process has taken the run', async () => {
    const lease = await writeRun(db().session, RUN)
    await db().exec('update ferry_runs set lease_token = 2')
    const before = await dump(db())
    const error = await undo(db(), lease).catch((thrown: unknown) => thrown)
    expect(isFerryError(error, 'FERRY_RUN_FENCED')).to.equal(true)
    expect(await dump(db())).to.deep.equal(before)
  })
})

function employees(rows: readonly Row[]): HandStep {
  return { kind: 'load', mapping: 'employees', table: 'employees', columns: { id: 'integer', name: 'text', manager_id: 'integer' }, rows }
}

async function undo(database: EngineDatabase, lease: Lease, options: Partial<RollbackRowsOptions> = {}): Promise<RollbackRowsResult> {
  const { session, target } = database
  const steps = await readSteps(session, lease.runId)
  const tables = new Map<string, TableInfo>()
  for (const { table } of steps) {
    const info = await session.dialect.readTable(session, table)
    if (info) tables.set(table, info)
  }
  const fixed = { target, session, steps, tables, lease, leaseTtlMs: 60_000, run: await readRun(session, lease.runId), report: () => {} }
  return rollbackRows({ ...fixed, dryRun: false, force: false, ...options })
}

async function dump(database: EngineDatabase): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {}
  for (const name of ['garages', 'spots', 'vehicles', 'notes', 'photos']) tables[name] = await rowsOf(database, name)
  return tables
}

async function rowsOf({ session }: EngineDatabase, table: string): Promise<string[]> {
  return (await session.rows(`select * from ${table} order by id`)).map((row) => row.join(','))
}

/** A signal that turns aborted once it was asked `count` times after the reading part (8 entries are read for the census). */
function stopsAfter(count: number): AbortSignal {
  let asked = 0
  const signal = new AbortController().signal
  return new Proxy(signal, {
    get(on, name) {
      if (name !== 'aborted') return Reflect.get(on, name)
      asked += 1
      return asked > 15 + count
    },
  })
}
