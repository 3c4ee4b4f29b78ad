import { expect } from 'chai'
import { dialect, openSession } from '../../../src/target/dialects/mysql.ts'
import { faultOf } from '../../../src/target/engine-error.ts'
import type { Session } from '../../../src/target/target.ts'
import { createMysqlDatabase } from '../../support/mysql-database.ts'
import type { TestDatabase } from '../../support/postgres-database.ts'

describe('target/dialects/mysql introspection', function () {
  this.timeout(20_000)
  let database: TestDatabase
  let session: Session

  before(async () => {
    database = await createMysqlDatabase()
    await database.knex.raw(`
      create table \`Order Details\` (
        order_id integer not null, line smallint unsigned not null, label varchar(20) collate utf8mb4_bin, price decimal(10,2) not null default 0,
        size enum('S','it''s'), twice decimal(12,2) generated always as (price * 2) stored, at timestamp(3) null, data binary(16), extra json,
        primary key (line, order_id), constraint not_negative check (price >= 0), unique key labels (label));
      create index \`by price\` on \`Order Details\` (price desc, label(5));
      create fulltext index words on \`Order Details\` (label);
      create table serials (id bigint unsigned auto_increment primary key, parent_line smallint unsigned, parent_order integer, name text,
        constraint up foreign key (parent_line, parent_order) references \`Order Details\` (line, order_id) on delete cascade);
      create table apart (a integer primary key);
      create table old (a integer) engine = MyISAM;
      create trigger watch before insert on serials for each row set new.name = new.name;
      create view seen as select 1 as a;
    `)
    session = await openSession(database.knex)
  })
  after(async () => {
    await session.close()
    await database.drop()
  })

  async function read(name: string) {
    const table = await dialect.readTable(session, name)
    if (table === undefined) throw new Error(`no table ${name}`)
    return table
  }

  it('lists tables, and knows nothing of views or what is not there', async () => {
    expect(await dialect.listTables(session)).to.have.members(['Order Details', 'apart', 'old', 'serials'])
    expect(await dialect.readTable(session, 'nothing')).to.equal(undefined)
    expect(await dialect.readTable(session, 'seen')).to.equal(undefined)
  })

  it('tells columns', async () => {
    const plain = { nullable: true, hasDefault: false, generated: false, autoIncrement: false }
    expect((await read('Order Details')).columns).to.deep.equal([
      { ...plain, name: 'order_id', type: 'int(11)', nullable: false },
      { ...plain, name: 'line', type: 'smallint(5) unsigned', nullable: false, unsigned: true },
      { ...plain, name: 'label', type: 'varchar(20)', maxLength: 20, collation: 'utf8mb4_bin' },
      { ...plain, name: 'price', type: 'decimal(10,2)', nullable: false, hasDefault: true, precision: 10, scale: 2 },
      { ...plain, name: 'size', type: `enum('S','it''s')`, enumValues: ['S', "it's"], collation: 'utf8mb4_general_ci' },
      { ...plain, name: 'twice', type: 'decimal(12,2)', generated: true, precision: 12, scale: 2 },
      { ...plain, name: 'at', type: 'timestamp(3)' },
      { ...plain, name: 'data', type: 'binary(16)', maxLength: 16 },
      { ...plain, name: 'extra', type: 'longtext', maxLength: 4294967295, collation: 'utf8mb4_bin' },
    ])
  })

  it('tells keys, indexes, constraints, triggers and engines', async () => {
    const order = await read('Order Details')
    expect(order.primaryKey).to.deep.equal(['line', 'order_id'])
    expect(order.checks).to.deep.equal(['json_valid(`extra`)', '`price` >= 0'])
    expect(order.transactional).to.equal(true)
    expect((await read('old')).transactional).to.equal(false)
    expect(order.indexes.map(({ name, unique, columns }) => [name, unique, columns])).to.have.deep.members([
      ['by price', false, ['price', 'label']],
      ['labels', true, ['label']],
      ['words', false, ['label']],
    ])
    const serials = await read('serials')
    expect(serials.triggers).to.deep.equal(['watch'])
    expect(serials.columns[0]).to.include({ autoIncrement: true, unsigned: true })
    expect(serials.foreignKeys).to.deep.equal([
      {
        name: 'up',
        columns: ['parent_line', 'parent_order'],
        table: 'serials',
        references: { table: 'Order Details', columns: ['line', 'order_id'] },
        onDelete: 'cascade',
        deferrable: false,
        ddl: 'alter table `serials` add constraint `up` foreign key (`parent_line`, `parent_order`) references `Order Details` (`line`, `order_id`) on delete cascade',
        restorable: true,
      },
    ])
  })

  it('makes dropped indexes and foreign keys again from their own text', async () => {
    const before = [await read('serials'), await read('Order Details')]
    await session.run('alter table serials drop foreign key up')
    for (const index of before[1]?.indexes ?? []) {
      await session.run(`drop index ${dialect.quote(index.name)} on \`Order Details\``)
      await session.run(index.ddl ?? '')
    }
    await session.run(before[0]?.foreignKeys[0]?.ddl ?? '')
    expect([await read('serials'), await read('Order Details')]).to.deep.equal(before)
  })

  it('marks the indexes that foreign keys need, which the server refuses to drop', async () => {
    const marked = async (name: string) => (await read(name)).indexes.map((index) => [index.name, index.neededBy ?? false])
    expect(await marked('serials')).to.deep.equal([['up', ['up']]])
    expect(await marked('Order Details')).to.have.deep.members([
      ['by price', false],
      ['labels', false],
      ['words', false],
    ])
    const error = await session.run('drop index up on serials').catch((thrown: unknown) => thrown)
    expect(faultOf(error)?.kind).to.equal('other')
  })

  it('counts rows whose foreign keys point nowhere, per constraint', async () => {
    await dialect.setForeignKeyChecks(session, false)
    await session.run('insert into `Order Details` (order_id, line) values (1, 1)')
    await session.insertRows(
      'serials',
      ['id', 'parent_line', 'parent_order'],
      [
        [1, 1, 1],
        [2, 1, 2],
        [3, null, 9],
      ],
    )
    await dialect.setForeignKeyChecks(session, true)
    expect(await dialect.checkForeignKeys(session, await read('serials'))).to.deep.equal([{ foreignKey: 'up', count: 1 }])
    await session.run('delete from serials')
  })

  it('raises AUTO_INCREMENT, never lowers it, and the next insert of the app follows', async () => {
    const serials = await read('serials')
    await session.insertRows('serials', ['id'], [[40]])
    expect(await dialect.readSequence(session, serials)).to.equal(41)
    await session.begin()
    await session.run('insert into apart values (1)')
    await dialect.raiseSequence(session, serials, 100n)
    await dialect.raiseSequence(session, serials, 7)
    // Inside a transaction ALTER TABLE goes over a connection of its own, so that it commits nothing of ours.
    await session.rollback()
    expect(await session.rows('select * from apart')).to.deep.equal([])
    expect(await dialect.readSequence(session, serials)).to.equal(100)
    await dialect.raiseSequence(session, serials, 2n ** 60n)
    const [answer] = await database.knex.raw('insert into serials (name) values (?)', ['x'])
    expect(String(answer.insertId)).to.equal(String(2n ** 60n))
  })

  it('gives up raising when the transaction itself has touched the table', async () => {
    const serials = await read('serials')
    await session.begin()
    await session.run('delete from serials')
    const error = await dialect.raiseSequence(session, serials, 2n ** 61n).catch((thrown: unknown) => thrown)
    expect(faultOf(error)?.kind).to.equal('transient')
    await session.rollback()
  })

  it('finds nothing wrong with whole tables', async () => {
    expect(await dialect.integrityCheck(session)).to.deep.equal([])
  })
})
