import { expect } from 'chai'
import type { SqlValue } from '../../src/core/row.ts'
import { faultOf } from '../../src/target/engine-error.ts'
import { openTarget } from '../../src/target/open-target.ts'
import type { EngineFault, Session, Target } from '../../src/target/target.ts'
import {
  addThing,
  type ConformanceContext,
  type ConformanceDatabase,
  type ConformanceEngine,
  codeOf,
  countThings,
  errorOf,
  faultIn,
} from './conformance-context.ts'
import { describeTables } from './conformance-introspection.ts'
import { createConformanceTables } from './conformance-tables.ts'
import { describeValues } from './conformance-values.ts'

/** What every dialect promises; each engine's test file calls it with its own database. */
export function describeDialect(engine: ConformanceEngine): void {
  describe(`dialect contract: ${engine.name}`, () => {
    let database: ConformanceDatabase
    let target: Target
    let session: Session
    beforeEach(async () => {
      database = await engine.createDatabase()
      target = await openTarget({ config: database.config })
      await createConformanceTables(target.knex)
      session = await target.openSession()
    })
    afterEach(async () => {
      await session.close()
      await target.close()
      await database.drop()
    })
    const context: ConformanceContext = { target: () => target, session: () => session, config: () => database.config }
    describeTransactions(engine, context)
    describeInserts(context)
    describeFaults(context)
    describeTables(engine, context)
    describeValues(context)
  })
}

function describeTransactions(engine: ConformanceEngine, context: ConformanceContext): void {
  it('keeps what is committed and nothing of what is rolled back', async () => {
    const session = context.session()
    await session.begin()
    expect(session.inTransaction).to.equal(true)
    await addThing(session, 1)
    await session.commit()
    expect(session.inTransaction).to.equal(false)
    await session.begin()
    await addThing(session, 2)
    await session.rollback()
    expect(session.inTransaction).to.equal(false)
    await session.rollback()
    expect(await session.all('SELECT id FROM things')).to.deep.equal([{ id: 1 }])
  })

  it('goes on after an error inside a savepoint that was rolled back', async () => {
    const session = context.session()
    await session.begin()
    await addThing(session, 1)
    await session.savepoint('half')
    await session.savepoint('inner')
    await addThing(session, 2)
    await session.release('inner')
    expect(await faultIn(() => addThing(session, 3, { code: 'c1' }))).to.include({ rule: 'unique' })
    await session.rollbackTo('half')
    await addThing(session, 4)
    await session.release('half')
    await session.commit()
    expect(await session.all('SELECT id FROM things ORDER BY id')).to.deep.equal([{ id: 1 }, { id: 4 }])
  })

  it('gives the connection back to Knex, as often as it is closed', async () => {
    const session = context.session()
    await addThing(session, 1)
    await session.close()
    await session.close()
    expect(await context.target().knex('things').pluck('code')).to.deep.equal(['c1'])
    expect(session.inTransaction).to.equal(false)
    expect(codeOf(await errorOf(() => session.run('SELECT 1')))).to.equal('FERRY_TARGET_CONNECT')
  })

  it('loses an open transaction on close, and Knex gets a connection without one', async () => {
    const session = context.session()
    await session.begin()
    await addThing(session, 1)
    await session.close()
    await context.target().knex('things').insert({ id: 2, code: 'c2' })
    const next = await context.target().openSession()
    try {
      expect(next.inTransaction).to.equal(false)
      expect(await next.all('SELECT id FROM things')).to.deep.equal([{ id: 2 }])
    } finally {
      await next.close()
    }
  })

  it('writes nothing through a target opened read-only', async () => {
    await addThing(context.session(), 1)
    const readOnly = await openTarget({ config: context.config() }, { readOnly: true })
    const session = await readOnly.openSession()
    try {
      expect(await countThings(session)).to.equal(1)
      expect(codeOf(await errorOf(() => addThing(session, 2)))).to.equal('FERRY_TARGET_READ_ONLY')
    } finally {
      await session.close()
      await readOnly.close()
    }
    expect(await countThings(context.session())).to.equal(1)
  })

  const { deferredTable } = engine
  if (deferredTable === undefined) return
  it('throws when the commit fails, keeps nothing of it, and later writes are real', async () => {
    const session = context.session()
    await session.run(deferredTable)
    await session.begin()
    await session.run('INSERT INTO nodes (id, parent_id) VALUES (?, ?)', [1, 99])
    const error = await errorOf(() => session.commit())
    expect(codeOf(error)).to.equal('FERRY_LOAD_COMMIT')
    expect(faultOf(error)).to.include({ kind: 'constraint', rule: 'foreign_key' })
    expect(session.inTransaction).to.equal(false)
    await session.close()
    const next = await context.target().openSession()
    await next.run('INSERT INTO nodes (id, parent_id) VALUES (?, ?)', [2, null])
    await next.close()
    const other = await openTarget({ config: context.config() })
    try {
      expect(await other.knex('nodes').pluck('id')).to.deep.equal([2])
    } finally {
      await other.close()
    }
  })
}

function describeInserts(context: ConformanceContext): void {
  for (const count of [0, 1, 2, 50_000]) {
    it(`inserts ${count} rows at once`, async () => {
      const session = context.session()
      await session.begin()
      await session.insertRows(
        'things',
        ['code', 'id', 'note'],
        Array.from({ length: count }, (_, index) => [`c${index}`, index, index % 3 === 0 ? null : `it's "${index}"\n\\N\t`]),
      )
      await session.commit()
      expect(await countThings(session)).to.equal(count)
      if (count === 0) return
      const [last] = await session.all('SELECT code, size, note FROM things WHERE id = ?', [count - 1])
      expect(last).to.deep.equal({
        code: `c${count - 1}`,
        size: 1,
        note: (count - 1) % 3 === 0 ? null : `it's "${count - 1}"\n\\N\t`,
      })
    })
  }

  it('throws when one row of many breaks a rule, and a savepoint takes the rest back', async () => {
    const session = context.session()
    await session.begin()
    await session.savepoint('batch')
    const rows = Array.from({ length: 1_000 }, (_, index) => [index, index === 700 ? 'c1' : `c${index}`])
    expect(await faultIn(() => session.insertRows('things', ['id', 'code'], rows))).to.include({ kind: 'constraint', rule: 'unique' })
    await session.rollbackTo('batch')
    await session.insertRows('things', ['id', 'code'], rows.slice(0, 700))
    await session.commit()
    expect(await countThings(session)).to.equal(700)
  })

  it('counts the rows a statement changed, and reads safe integers as numbers, others as bigint', async () => {
    const session = context.session()
    for (const id of [1, 2, 3]) await addThing(session, id)
    expect(await session.run('UPDATE things SET size = 5 WHERE id > ?', [1])).to.equal(2)
    expect(await session.all('SELECT id, size FROM things WHERE size = ? ORDER BY id LIMIT ?', [5, 1])).to.deep.equal([{ id: 2, size: 5 }])
    await session.run(`CREATE TABLE big (n ${session.dialect.stateTypes.integer})`)
    await session.run('INSERT INTO big (n) VALUES (?)', [2n ** 62n + 1n])
    expect(await session.all('SELECT n FROM big')).to.deep.equal([{ n: 2n ** 62n + 1n }])
  })
}

function describeFaults(context: ConformanceContext): void {
  const cases: readonly { title: string; values: Readonly<Record<string, SqlValue>>; fault: Partial<EngineFault> }[] = [
    { title: 'a second primary key', values: { id: 1, code: 'secret' }, fault: { kind: 'constraint', rule: 'primary_key' } },
    { title: 'a value that must be unique', values: { code: 'c1' }, fault: { kind: 'constraint', rule: 'unique' } },
    { title: 'NULL where it must not be', values: { code: null }, fault: { kind: 'constraint', rule: 'not_null' } },
    { title: 'a failed check', values: { size: -77 }, fault: { kind: 'constraint', rule: 'check' } },
    { title: 'a parent that is not there', values: { owner_id: 4711 }, fault: { kind: 'constraint', rule: 'foreign_key' } },
  ]
  for (const { title, values, fault } of cases) {
    it(`names ${title}, without the value`, async () => {
      const session = context.session()
      await addThing(session, 1)
      const error = await errorOf(() => addThing(session, 2, values))
      expect(faultOf(error)).to.include(fault)
      expect(codeOf(error)).to.equal('FERRY_LOAD_CONSTRAINT')
      expect(String(error)).not.to.match(/secret|-77|4711|c1/)
      expect(await countThings(session)).to.equal(1)
    })
  }

  it('calls a missing table a failed query', async () => {
    const error = await errorOf(() => context.session().run('DELETE FROM nowhere'))
    expect(codeOf(error)).to.equal('FERRY_TARGET_QUERY')
    expect(faultOf(error)?.kind).to.equal('other')
  })
}
