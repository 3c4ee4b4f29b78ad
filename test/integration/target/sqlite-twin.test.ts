import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import { isFerryError } from '../../../src/core/errors.ts'
import type { Row, SqlValue } from '../../../src/core/row.ts'
import { faultOf } from '../../../src/target/engine-error.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { PackedRows } from '../../../src/target/row-packing.ts'
import type { Session, Target } from '../../../src/target/target.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../support/sqlite-database.ts'

const TYPES = ['text', 'varchar(20)', 'integer', 'boolean', 'real', 'double', 'numeric', 'datetime', 'blob', '']
const LONG = ['x'.repeat(33_000), '9'.repeat(40_000), 'é'.repeat(20_000)]

const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom<SqlValue>('5', ' 5.0 ', '1e3', '5\0', '0x5', '', 5, -0, 0, 1, Number.NaN, 2 ** 60, Number.POSITIVE_INFINITY, ...LONG),
)
/** Never NULL: a primary key is refused before. */
const key: fc.Arbitrary<SqlValue> = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 300 }) },
  { weight: 4, arbitrary: fc.bigInt({ min: -5n, max: 2n ** 63n - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom<SqlValue>(0, 1, -0, 2 ** 53 - 1, 2n ** 53n, 5.5, 'a', '7') },
)
const column = fc.record({
  type: fc.constantFrom(...TYPES),
  notNull: fc.boolean(),
  fallback: fc.constantFrom(undefined, "'a''b'", '5', '-5', '(1 + 1)', 'CURRENT_TIMESTAMP'),
})
/** Columns, rows of keys in order or in none, and what else the table has. */
const cases = fc.array(column, { minLength: 1, maxLength: 140, size: '-1' }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(fc.tuple(key, ...columns.map(() => value)), { minLength: 1, maxLength: 40 }),
    sorted: fc.boolean(),
    more: fc.constantFrom('', '', '', ', check (id <> 7)', ', unique (c1)', ', foreign key (c1) references others (id)'),
    keyType: fc.constantFrom(
      'integer primary key',
      'integer not null primary key',
      'integer primary key autoincrement',
      'bigint primary key',
    ),
  }),
)

describe('rows that SQLite copies as they are', () => {
  let database: SqliteDatabase
  let target: Target
  let session: Session

  beforeEach(async () => {
    database = createSqliteDatabase()
    target = await openTarget({ config: { ...database.config, useNullAsDefault: true } })
    session = await target.openSession()
  })
  afterEach(async () => {
    await session.close()
    await target.close()
    database.drop()
  })

  const packing = () => {
    const { packing: found } = target.dialect
    if (found === undefined) throw new Error('SQLite packs no rows')
    return found
  }

  async function pack(table: string, columns: readonly string[], rows: readonly Row[], withTwin = true): Promise<PackedRows> {
    const plan = (await packing().readPlan(session, table, columns)) as object
    const file = join(database.folder, `packed-${table}`)
    const packer = packing().open({ plan: withTwin ? plan : { ...plan, twin: undefined }, columns, codecs: [], file })
    for (const row of rows) packer.add(row)
    return packer.finish()
  }

  /** What became of it: the code of an error, or nothing. */
  async function insert(table: string, columns: readonly string[], packed: PackedRows): Promise<string | undefined> {
    await session.begin()
    try {
      await session.insertPacked?.(table, columns, packed)
      await session.commit()
      return undefined
    } catch (error) {
      await session.rollback()
      if (!isFerryError(error)) throw error
      return faultOf(error)?.rule ?? 'other'
    }
  }

  async function readTyped(table: string, columns: readonly string[]): Promise<readonly Row[]> {
    const typed = columns.flatMap((name) => [name, `typeof(${name})`])
    return session.rows(`select ${typed.join(', ')} from ${table} order by rowid`)
  }

  it('are what they are where it looks at each value', async () => {
    let twins = 0
    let refused = 0
    await session.run('create table others (id integer primary key)')
    await fc.assert(
      fc.asyncProperty(cases, async ({ columns, rows, sorted, more, keyType }) => {
        const names = ['id', ...columns.map((_, at) => `c${at + 1}`)]
        const declared = columns.map(
          ({ type, notNull, fallback }, at) =>
            `c${at + 1} ${type}${notNull ? ' not null' : ''}${fallback === undefined ? '' : ` default ${fallback}`}`,
        )
        const given = sorted ? rows.toSorted(([a], [b]) => Number(a) - Number(b)) : rows
        const found: unknown[] = []
        for (const table of ['quick', 'slow']) {
          await session.run(`drop table if exists ${table}`)
          await session.run(`create table ${table} (id ${keyType}, ${declared.join(', ')}${more})`)
          const packed = await pack(table, names, given, table === 'quick')
          twins += packed.twins ?? 0
          if (table === 'slow') expect(packed.twins).to.equal(0)
          const problem = await insert(table, names, packed)
          refused += problem === undefined ? 0 : 1
          // Of several rules that are broken, which one is told first goes by the order of the rows.
          found.push([problem === undefined, await readTyped(table, names)])
        }
        expect(found[0]).to.deep.equal(found[1])
        expect(await session.rows('pragma integrity_check')).to.deep.equal([['ok']])
      }),
      { numRuns: 150 },
    )
    expect(twins).to.be.above(50)
    expect(refused).to.be.above(10)
  }).timeout(60_000)

  it('are copied without a look at their values', async () => {
    const { knex } = target
    const table = knex.schema.createTable('sessions', (made) => {
      made.integer('id').primary()
      made.string('plate', 40).notNullable()
      made.timestamp('begun_at').notNullable().defaultTo(knex.fn.now())
      made.decimal('total', 10, 2)
      made.boolean('paid').notNullable().defaultTo(false)
    })
    // The session has the only connection.
    for (const { sql } of table.toSQL()) await session.run(sql)
    const columns = ['id', 'plate', 'begun_at', 'total', 'paid']
    const rows = Array.from({ length: 2_000 }, (_, n) => [3 * n, `plate ${n}`, '2025-01-01T00:00:00.000Z', n / 8, n % 2])
    const packed = await pack('sessions', columns, rows)
    expect(packed).to.include({ count: 2_000, twins: 2_000 })
    const other = new Database(database.file)
    other.exec(`attach '${packed.file}' as ferry_packed`)
    const steps = other.prepare('explain insert into main.sessions select * from ferry_packed.twin').all() as { opcode: string }[]
    other.close()
    expect(steps.map(({ opcode }) => opcode))
      .to.include('RowCell')
      .and.not.to.include('Column')
    expect(await insert('sessions', columns, packed)).to.equal(undefined)
    expect(await session.rows('select count(*), sum(id), sum(total) from sessions')).to.deep.equal([[2_000n, 5_997_000n, 249_875]])
    // The same keys once more.
    expect(await insert('sessions', columns, packed)).to.equal('primary_key')
  })

  it('keep to their columns where somebody has made the table anew meanwhile', async () => {
    await session.run('create table things (id integer primary key, name text, mark text)')
    const columns = ['id', 'name', 'mark']
    const packed = await pack('things', columns, [[1, 'a name', 'a mark']])
    expect(packed.twins).to.equal(1)
    await session.run('drop table things')
    await session.run('create table things (id integer primary key, mark text, name text, more text default 5)')
    expect(await insert('things', columns, packed)).to.equal(undefined)
    expect(await session.rows('select id, name, mark, more from things')).to.deep.equal([[1n, 'a name', 'a mark', '5']])
  })

  it('are none where the table has more to say: a trigger, a rule of its own, a column that is computed', async () => {
    const tables = {
      triggered: '(id integer primary key, name text)',
      checked: "(id integer primary key, name text check (name <> ''))",
      collated: '(id integer primary key, name text collate nocase)',
      computed: '(id integer primary key, name text, loud text as (upper(name)))',
      strictly: '(id integer primary key, name text) strict',
      keyless: '(id integer, name text)',
      descending: '(id integer primary key desc, name text)',
      without: '(id integer primary key, name text) without rowid',
      swapped: '(name text, id integer primary key)',
      longer: '(id integer primary key, name text, more text)',
    }
    for (const [table, body] of Object.entries(tables)) {
      await session.run(`create table ${table} ${body}`)
      if (table === 'triggered') await session.run('create trigger seen after insert on triggered begin select 1; end')
      const packed = await pack(table, ['id', 'name'], [[1, 'a']])
      expect(packed, table).to.include({ count: 1, twins: 0 })
      expect(await insert(table, ['id', 'name'], packed), table).to.equal(undefined)
      expect(await session.rows(`select id, name from ${table}`), table).to.deep.equal([[1n, 'a']])
      rmSync(packed.file ?? '')
      expect(existsSync(packed.file ?? '')).to.equal(false)
    }
  })
})
