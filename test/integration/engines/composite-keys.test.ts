import { assert } from 'chai'
import type { LogicalValue, Row, ValueKind } from '../../../src/core/row.ts'
import { findRows, keysIn, pkText } from '../../../src/state/find-rows.ts'
import type { EngineName, Session } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'

/** A column of a key: its type on each engine, and values that differ by little. */
interface KeyColumn {
  readonly kind: ValueKind
  readonly types: Readonly<Record<EngineName, string>>
  readonly values: readonly LogicalValue[]
}

const each = (type: string) => ({ sqlite: type, postgres: type, mysql: type })

const TEXT: KeyColumn = {
  kind: 'text',
  types: { sqlite: 'text', postgres: 'varchar(60)', mysql: 'varchar(60) character set utf8mb4 collate utf8mb4_bin' },
  values: ['a', 'A', 'á', "it's", 'a"b', 'a\\b', '{"a":1}', 'tab\there', '😀', ' ', '?', 'null'],
}

const COLUMNS: Readonly<Record<string, KeyColumn>> = {
  'a text': TEXT,
  'a number beyond what JSON keeps': {
    kind: 'bigint',
    types: each('bigint'),
    values: [9_007_199_254_740_992n, 9_007_199_254_740_993n, -9_223_372_036_854_775_808n, 0n],
  },
  'a decimal': {
    kind: 'decimal',
    types: { sqlite: 'text', postgres: 'numeric(30, 10)', mysql: 'decimal(30, 10)' },
    values: ['0.1', '0.1000000001', '-12345678901234567890.5'],
  },
  'an instant': {
    kind: 'timestamp',
    types: { sqlite: 'text', postgres: 'timestamptz(3)', mysql: 'datetime(3)' },
    values: ['1931-05-06T07:08:09.123Z', '1931-05-06T07:08:09.124Z'],
  },
  'a day': { kind: 'date', types: each('date'), values: ['1969-12-31', '1970-01-01'] },
  bytes: {
    kind: 'bytes',
    types: { sqlite: 'blob', postgres: 'bytea', mysql: 'varbinary(20)' },
    values: [Buffer.from([0]), Buffer.from([0, 92, 39, 255]), Buffer.from([0, 92, 39, 254])],
  },
  'a uuid': {
    kind: 'uuid',
    types: { sqlite: 'text', postgres: 'uuid', mysql: 'char(36)' },
    values: ['01234567-89ab-4def-8123-456789abcdef', '01234567-89ab-4def-8123-456789abcdee'],
  },
  'a boolean': { kind: 'boolean', types: each('boolean'), values: [true, false] },
}

forEachEngine('keys of several columns', (db) => {
  const openKeys = async (session: Session, second: KeyColumn) => {
    const { quote } = session.dialect
    await session.run(
      `create table ${quote('odd keys')} (${quote('The "first"')} ${TEXT.types[db().engine]} not null, ${quote('second')} ${second.types[db().engine]} not null,
       n integer, primary key (${quote('The "first"')}, ${quote('second')}))`,
    )
    const table = await session.dialect.readTable(session, 'odd keys')
    const codecs = [TEXT, second].map(({ kind }, at) => {
      const column = table?.columns[at]
      if (column === undefined) throw new Error('there is no column')
      return session.dialect.codec(column, kind)
    })
    const keys = TEXT.values.flatMap((first) =>
      second.values.map((value): Row => [first, value].map((part, at) => codecs[at]?.encode(part as LogicalValue) as string)),
    )
    const columns = ['The "first"', 'second']
    await session.begin()
    await session.insertRows(
      'odd keys',
      [...columns, 'n'],
      keys.map((key, n) => [...key, n]),
    )
    await session.commit()
    return { keys, columns, codecs }
  }

  for (const [name, column] of Object.entries(COLUMNS)) {
    it(`find and delete the rows asked for and no other: a text and ${name}`, async () => {
      const { session } = db()
      const { keys, columns, codecs } = await openKeys(session, column)
      const asked = keys.filter((_, n) => n % 2 === 0)
      const query = { table: 'odd keys', keyColumns: columns, keyCodecs: codecs, select: ['n'] }
      const found = await findRows(session, query, [...asked, ['nobody has', keys[0]?.[1] ?? null]])
      assert.equal(found.size, asked.length)
      for (const key of asked) assert.equal(Number(found.get(pkText(codecs, key))?.[0]), keys.indexOf(key))
      // As they are read back, too: a rollback has them from the table.
      const read = await session.rows(`select ${codecs.map(({ select }) => select).join(', ')} from ${session.dialect.quote('odd keys')}`)
      assert.equal((await findRows(session, query, read)).size, keys.length)
      let gone = 0
      await session.begin()
      for await (const { where, bindings, count } of keysIn(session, { table: 'odd keys', columns }, asked)) {
        const changed = await session.run(`delete from ${session.dialect.quote('odd keys')} where ${where}`, bindings)
        assert.equal(changed, count)
        gone += changed
      }
      await session.commit()
      assert.equal(gone, asked.length)
      const left = await session.all<{ n: number }>(`select n from ${session.dialect.quote('odd keys')} order by n`)
      assert.deepEqual(
        left.map(({ n }) => n),
        keys.flatMap((_, n) => (n % 2 === 1 ? [n] : [])),
      )
    })
  }

  it('of a type of their own, in a table with a column that is never NULL by its type', async function () {
    const { session, engine } = db()
    if (engine !== 'postgres') return this.skip()
    await session.run("create type mood as enum ('glad', 'so so')")
    await session.run('create domain short as varchar(3) not null')
    await session.run('create domain filled as text not null')
    await session.run('create table days (day date, mood mood, code short, note filled, primary key (mood, code))')
    await session.run(
      "insert into days values ('2025-01-01', 'glad', 'ab', 'x'), ('2025-01-02', 'so so', 'ab', 'y'), ('2025-01-03', 'glad', 'abc', 'z')",
    )
    const asked = [
      ['glad', 'ab'],
      ['so so', 'ab'],
      ['so so', 'abc'],
    ]
    const found: unknown[] = []
    for await (const { where, bindings } of keysIn(session, { table: 'days', columns: ['mood', 'code'] }, asked)) {
      found.push(...(await session.rows(`select note from days where ${where} order by note`, bindings)))
    }
    assert.deepEqual(found, [['x'], ['y']])
  })
})
