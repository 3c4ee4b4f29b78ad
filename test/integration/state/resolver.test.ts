import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import type { Key } from '../../../src/core/record.ts'
import type { Reject } from '../../../src/core/reject.ts'
import { field, id, key, parent, reference } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { orderSteps } from '../../../src/definition/order-steps.ts'
import { mapping, type TransferInput } from '../../../src/definition/transfer-input.ts'
import { insertIds } from '../../../src/state/id-map.ts'
import { insertRejects } from '../../../src/state/rejects.ts'
import { createResolver, type TargetResolver } from '../../../src/state/resolver.ts'
import { insertRun } from '../../../src/state/runs.ts'
import { ensureState } from '../../../src/state/state-tables.ts'
import type { TableInfo } from '../../../src/target/target.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { newRun } from '../../support/runs.ts'

const MAPPINGS: TransferInput['mappings'] = {
  cars: mapping({ from: 'cars', table: 'cars', columns: { plate: key().text(), owner: field('owner').text() } }),
  people: mapping({ from: 'people', table: 'people', columns: { id: id.integer(), name: field('name').text() } }),
  badges: mapping({ from: 'badges', table: 'badges', columns: { id: field('id').integer(), name: field('name').text() } }),
  seats: mapping({
    ...{ from: 'cars', each: 'seats', table: 'seats' },
    columns: { car: parent(), place: key(1).integer(), id: key(1).integer() },
  }),
  trips: mapping({
    ...{ from: 'trips', table: 'trips' },
    columns: {
      id: key().integer(),
      car: reference('cars', 'car'),
      person: reference('people', 'person'),
      badge: reference('badges', 'badge'),
      owner: reference('cars', 'car', { column: 'owner' }),
    },
  }),
}

forEachEngine('createResolver', (db) => {
  let resolver: TargetResolver

  beforeEach(async () => {
    await db().exec(`
      create table cars (plate varchar(20) not null primary key, owner varchar(20));
      create table people (id integer not null primary key, name varchar(20));
      create table badges (id integer not null primary key, name varchar(20));
      create table seats (id integer not null primary key, car varchar(20), place integer);
      create table trips (id integer not null primary key, car varchar(20), person integer, badge integer, owner varchar(20))`)
    const { session } = db()
    await ensureState(session)
    await insertRun(session, newRun(), { owner: 'test/boot/1/1', ttlMs: 60_000 })
    await db().exec("insert into cars values ('AA', 'Ann'); insert into people values (5, 'Eve'); insert into badges values (7, 'x')")
    resolver = await open(db())
  })

  const ask = (name: string, keys: readonly Key[], orTarget = false) => resolver.references(name, keys, { orTarget })

  it('computes what follows from the key, looks it up, and brings the columns others ask for', async () => {
    const [found, absent, again] = await ask('cars', ['AA', 'ZZ', 'AA'])
    expect(found).to.deep.equal({ found: { plate: 'AA', owner: 'Ann' } })
    expect(again).to.deep.equal(found)
    expect(absent).to.equal('missing')
  })

  it('does not take a look-alike for the parent', async () => {
    expect(await ask('cars', ['aa', 'AA ', 1])).to.deep.equal(['missing', 'missing', 'missing'])
  })

  it('knows parents in memory once it was asked often enough, and leaves the rest to the table', async () => {
    const { session } = db()
    const many = Array.from({ length: 10_500 }, (_, at) => `('P${at}', 'x')`)
    await db().exec(`insert into cars values ${many.join(', ')}`)
    expect(await resolver.quickParents?.('cars', 'plate', 9_999)).to.equal(undefined)
    const find = await resolver.quickParents?.('cars', 'plate', 1)
    expect(['AA', 'P0', 'P9999', 'P10000', 'P10499'].map((plate) => find?.(plate))).to.deep.equal(['AA', 'P0', 'P9999', 'P10000', 'P10499'])
    expect(['aa', 'ZZ', 'P10500', 1].map((plate) => find?.(plate))).to.deep.equal([undefined, undefined, undefined, undefined])
    await session.run("insert into cars values ('NEW', 'y')")
    expect(find?.('NEW')).to.equal(undefined)
    expect(await ask('cars', ['NEW'])).to.deep.equal([{ found: { plate: 'NEW', owner: 'y' } }])
    // no quick way: another column than the key, ids that the database gave
    expect(await resolver.quickParents?.('cars', 'owner', 20_000)).to.equal(undefined)
    expect(await resolver.quickParents?.('people', 'id', 20_000)).to.equal(undefined)
  })

  it('says when parents are known by hashes: those of texts are, those of numbers are not', async () => {
    const cars = Array.from({ length: 10_100 }, (_, at) => `('P${at}', 'x')`)
    const trips = Array.from({ length: 10_100 }, (_, at) => `(${at})`)
    await db().exec(`insert into cars values ${cars.join(', ')}; insert into trips (id) values ${trips.join(', ')}`)
    expect(await resolver.quickParents?.('trips', 'id', 20_000)).to.be.a('function')
    expect(resolver.knowsByHash()).to.equal(false)
    expect(await resolver.quickParents?.('cars', 'plate', 20_000)).to.be.a('function')
    expect(resolver.knowsByHash()).to.equal(true)
  })

  it('asks again for what it found, once it is told to forget, and still says that parents were known by hashes', async () => {
    const { session } = db()
    await db().exec(`insert into cars values ${Array.from({ length: 10_100 }, (_, at) => `('P${at}', 'x')`).join(', ')}`)
    const plates = ['AA', 'P1']
    expect(await resolver.quickParents?.('cars', 'plate', 20_000)).to.be.a('function')
    const found = await ask('cars', plates)
    await session.run("delete from cars where plate in ('P1')")
    expect(await ask('cars', plates), 'remembered').to.deep.equal(found)
    resolver.forget()
    expect(await ask('cars', plates)).to.deep.equal([found[0], 'missing'])
    expect(await resolver.quickParents?.('cars', 'plate', 1)).to.equal(undefined)
    expect(resolver.knowsByHash()).to.equal(true)
  })

  it('finds allocated ids by their keys, of this run and those before it', async () => {
    await insertIds(db().session, 'run-0', 'people', [{ key: 'eve', pk: [5n] }])
    await insertIds(db().session, 'run-1', 'people', [{ key: 'gone', pk: [6n] }])
    const [eve, ...others] = await ask('people', ['eve', 'gone', 'nobody'])
    expect(Number(typeof eve === 'object' ? eve.found.id : undefined)).to.equal(5)
    expect(others).to.deep.equal(['missing', 'missing'])
  })

  it('takes an unknown key for the id itself where the target is asked too and ids are fields', async () => {
    expect(await ask('badges', [7])).to.deep.equal(['missing'])
    const [found, absent] = await ask('badges', [7, 8], true)
    expect(typeof found === 'object' && Number(found.found.id)).to.equal(7)
    expect(absent).to.equal('missing')
  })

  it('tells rejected parents from missing ones', async () => {
    await insertRejects(db().session, 'run-0', 1, [reject('cars', 'BB'), reject('people', 'bob')])
    expect(await ask('cars', ['BB', 'CC'])).to.deep.equal(['rejected', 'missing'])
    expect(await ask('people', ['bob', 'BB'])).to.deep.equal(['rejected', 'missing'])
  })

  it('sees a parent that arrives later', async () => {
    expect(await ask('cars', ['NEW'])).to.deep.equal(['missing'])
    await db().exec("insert into cars values ('NEW', null)")
    expect(await ask('cars', ['NEW'])).to.deep.equal([{ found: { plate: 'NEW', owner: null } }])
  })

  it('answers more keys than one statement may bind', async () => {
    const plates = Array.from({ length: 3_000 }, (_, at) => `P${at}`)
    await db().session.insertRows(
      'cars',
      ['plate', 'owner'],
      plates.map((plate) => [plate, null]),
    )
    const answers = await ask('cars', [...plates, 'no'])
    expect(answers.filter((answer) => typeof answer === 'object')).to.have.length(3_000)
    expect(answers.at(-1)).to.equal('missing')
  })

  it('looks rows up by natural keys, once where they are found', async () => {
    await db().exec("insert into people values (6, 'Adam'); insert into people values (8, null)")
    const look = () => resolver.lookups('people', ['name'], 'id', [['Adam'], ['Lilith'], ['Eve'], [null], ['Adam']])
    expect((await look()).map((value) => (value === undefined ? undefined : Number(value)))).to.deep.equal([6, undefined, 5, undefined, 6])
    await db().exec("insert into people values (9, 'Lilith'); delete from people where id = 6")
    expect((await look()).map((value) => (value === undefined ? undefined : Number(value)))).to.deep.equal([6, 9, 5, undefined, 6])
    expect(Number((await resolver.lookups('people', ['name', 'id'], 'id', [['Eve', 5n]]))[0])).to.equal(5)
  })

  it('refuses a lookup that several rows answer', async () => {
    await db().exec("insert into people values (6, 'Eve')")
    const error = await resolver.lookups('people', ['name'], 'id', [['Eve']]).catch((thrown: unknown) => thrown)
    expect(isFerryError(error, 'FERRY_DEFINITION_INVALID')).to.equal(true)
  })
})

async function open({ session }: EngineDatabase): Promise<TargetResolver> {
  const transfer = defineTransfer({ name: 'test', target: {}, mappings: MAPPINGS })
  const tables = new Map<string, TableInfo>()
  for (const { table } of transfer.mappings) {
    const info = await session.dialect.readTable(session, table)
    if (info) tables.set(table, info)
  }
  return createResolver({ session, transfer, tables, order: orderSteps(transfer, tables), runIds: ['run-1', 'run-0'] })
}

function reject(name: string, rejected: Key): Reject {
  const rest = { stage: 'transform', code: 'ENUM', pointer: '', reason: 'no', budgeted: true } as const
  return { mapping: name, ordinal: 0, key: rejected, value: {}, ...rest }
}
