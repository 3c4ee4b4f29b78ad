import { expect } from 'chai'
import { addThing, type ConformanceContext, type ConformanceEngine, faultIn, readThings } from './conformance-context.ts'

/** Introspection, sequences, clock and the engine's own checks. */
export function describeTables(engine: ConformanceEngine, context: ConformanceContext): void {
  it('lists tables, not views', async () => {
    expect(await context.target().dialect.listTables(context.session())).to.deep.equal(['owners', 'things'])
    expect(await context.target().dialect.readTable(context.session(), 'nowhere')).to.equal(undefined)
  })

  it('tells columns, keys, indexes and checks of a table', async () => {
    const table = await readThings(context.session())
    expect(
      table.columns.map(({ name, nullable, hasDefault, autoIncrement, generated }) => [
        name,
        nullable,
        hasDefault,
        autoIncrement,
        generated,
      ]),
    ).to.deep.equal([
      ['id', false, false, engine.name === 'sqlite', false],
      ['code', false, false, false, false],
      ['owner_id', true, false, false, false],
      ['size', false, true, false, false],
      ['note', true, false, false, false],
    ])
    expect(table.columns[1]).to.include({ maxLength: 20 })
    expect(table.primaryKey).to.deep.equal(['id'])
    expect(table.foreignKeys).to.have.length(1)
    expect(table.foreignKeys[0]).to.deep.include({
      name: 'things_owner_fk',
      columns: ['owner_id'],
      table: 'things',
      references: { table: 'owners', columns: ['id'] },
      onDelete: 'set null',
      deferrable: false,
    })
    expect(table.indexes.find(({ name }) => name === 'things_code_unique')).to.deep.include({ columns: ['code'], unique: true })
    expect(table.indexes.find(({ name }) => name === 'things_owner_size')).to.deep.include({ columns: ['owner_id', 'size'], unique: false })
    expect(table.checks.join()).to.match(/size/)
    expect(table.transactional).to.equal(true)
    const owners = await context.target().dialect.readTable(context.session(), 'owners')
    expect(owners?.columns[0]).to.include({ name: 'id', autoIncrement: true })
  })

  it('tells an index by a text that makes it again', async () => {
    const session = context.session()
    const before = await readThings(session)
    const ddl = before.indexes.find(({ name }) => name === 'things_owner_size')?.ddl ?? ''
    // MySQL keeps an index that a foreign key needs.
    if (engine.name !== 'mysql') {
      await session.run(session.dialect.engine === 'sqlite' ? 'DROP INDEX things_owner_size' : 'DROP INDEX "things_owner_size"')
      await session.run(ddl)
    }
    expect(await readThings(session)).to.deep.equal(before)
    expect(ddl).to.match(/things_owner_size/)
  })

  it('raises a sequence for the next insert, and never lowers it', async () => {
    const session = context.session()
    const { dialect } = session
    const owners = await dialect.readTable(session, 'owners')
    if (owners === undefined) throw new Error('the table owners is gone')
    await session.run('INSERT INTO owners (name) VALUES (?)', ['first'])
    await session.begin()
    await dialect.raiseSequence(session, owners, 1_000)
    await dialect.raiseSequence(session, owners, 7)
    await session.commit()
    expect(Number(await dialect.readSequence(session, owners))).to.equal(1_000)
    await session.run('INSERT INTO owners (name) VALUES (?)', ['next'])
    expect(await session.all('SELECT id FROM owners WHERE name = ?', ['next'])).to.deep.equal([{ id: 1_000 }])
  })

  it('asks the database for the time, in whole milliseconds', async () => {
    const session = context.session()
    const [row] = await session.all(`SELECT ${session.dialect.nowMs} AS now`)
    expect(Number.isInteger(row?.now)).to.equal(true)
    expect(Math.abs(Number(row?.now) - Date.now())).to.be.below(300_000)
  })

  it('finds nothing wrong with a whole database', async () => {
    const { dialect } = context.target()
    expect(await dialect.integrityCheck(context.session())).to.deep.equal([])
    expect(await dialect.checkForeignKeys(context.session(), await readThings(context.session()))).to.deep.equal([])
  })

  if (!engine.switchesForeignKeys) return
  it('lets orphans in while foreign keys are off, counts them, and refuses the next one', async () => {
    const session = context.session()
    await session.dialect.setForeignKeyChecks(session, false)
    for (const id of [1, 2]) await addThing(session, id, { owner_id: 99 })
    await session.dialect.setForeignKeyChecks(session, true)
    expect(await session.dialect.checkForeignKeys(session, await readThings(session))).to.deep.equal([
      { foreignKey: 'things_owner_fk', count: 2 },
    ])
    expect(await faultIn(() => addThing(session, 3, { owner_id: 99 }))).to.include({ rule: 'foreign_key' })
  })
}
