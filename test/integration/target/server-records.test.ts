import { expect } from 'chai'
import fc from 'fast-check'
import { recordsAtOnce, scanTable } from '../../../src/target/table-rows.ts'
import type { Codec, Session } from '../../../src/target/target.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { expectAlikeBothWays, hashTable } from '../../support/read-both-ways.ts'

const SIGNS = fc.constantFrom('\t', '\n', '\r', '\\', 'N', '\\N', '"', "'", 'a', 'ü', '\u{1f600}', '\b', '\v', '\f', '+00', ' BC')
const text = fc.oneof(
  fc.string({ unit: SIGNS, maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }).filter((found) => !found.includes('\0')),
  fc.constantFrom('', '\\N', '\\', 'x'.repeat(47), 'x'.repeat(48), `${'x'.repeat(48)}\t`),
)
/** Longer than what comes through the socket at once. */
const long = fc
  .tuple(text, fc.integer({ min: 1, max: 60_000 }))
  .map(([found, times]) => (found || 'z').repeat(Math.min(times, 200_000 / (found.length || 1))))

/** How each server says it: keys that hold any text, and instants. */
const COLUMNS = {
  postgres: { key: 'text', text: 'text', instant: 'timestamptz' },
  mysql: { key: 'varchar(90) character set utf8mb4 collate utf8mb4_bin', text: 'longtext character set utf8mb4', instant: 'datetime(6)' },
} as const

forEachEngine('reading rows of a server as records', (db) => suite(db), ['postgres', 'mysql'])

function suite(db: () => EngineDatabase): void {
  async function makeThings() {
    const { session } = db()
    const { key, text: long, instant } = COLUMNS[db().engine === 'mysql' ? 'mysql' : 'postgres']
    await session.run('drop table if exists things')
    await session.run(`create table things (a ${key}, b ${key}, at ${instant} null, c ${long}, primary key (b, a))`)
    const table = await session.dialect.readTable(session, 'things')
    if (table === undefined) throw new Error('the table is not there')
    const codecs = ['c', 'at', 'b', 'a'].map((name) => {
      const column = table.columns.find((info) => info.name === name)
      if (column === undefined) throw new Error(`there is no column ${name}`)
      return session.dialect.codec(column, name === 'at' ? 'timestamp' : 'text')
    })
    return { session, table, codecs }
  }

  const insert = async (session: Session, codecs: readonly Codec[], rows: readonly (readonly (string | null)[])[]) => {
    const [, at] = codecs
    const stored = rows.map(([a = null, b = null, time = null, c = null]) => [a, b, time === null ? null : toStored(at, time), c])
    await session.begin()
    await session.insertRows('things', ['a', 'b', 'at', 'c'], stored)
    await session.commit()
  }

  it('hashes them as their values, whatever their texts and keys hold', async () => {
    const instant = fc.date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    // Ends of spaces are no part of a key on MySQL.
    const key = text.map((found) => `${found}z`)
    const row = fc.tuple(key, key, fc.option(instant.map((date) => date.toISOString())), fc.option(text))
    const rows = fc.uniqueArray(row, { maxLength: 40, selector: ([a, b]) => JSON.stringify([a, b]) })
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 45 }), async (made, atOnce) => {
        const { session, table, codecs } = await makeThings()
        await insert(session, codecs, made)
        expect(await expectAlikeBothWays(session, table, { codecs, rowsAtOnce: atOnce })).to.equal(made.length)
      }),
      { numRuns: 40 },
    )
  })

  it('reads lines that come in many pieces, and several in one', async () => {
    const { session, table, codecs } = await makeThings()
    const made = fc.sample(long, { numRuns: 60, seed: 7 }).map((c, at) => [String(at), 'b', null, c])
    await insert(session, codecs, made)
    const atOnce = await recordsAtOnce(session, table, codecs)
    expect(await expectAlikeBothWays(session, table, { codecs, rowsAtOnce: atOnce ?? 0 })).to.equal(made.length)
  })

  it('knows instants before Christ and after 9999, which nobody here has written', async function () {
    if (db().engine !== 'postgres') this.skip()
    const { session, table, codecs } = await makeThings()
    const odd = ['0044-03-15 12:00:00+00 BC', '10000-01-01 00:00:00.5+00', 'infinity', '-infinity', '2025-01-01 00:00:00.123456+00']
    for (const [at, instant] of odd.entries())
      await session.run('insert into things values (?, ?, ?::timestamptz)', [String(at), 'b', instant])
    expect(await expectAlikeBothWays(session, table, { codecs, rowsAtOnce: 2 })).to.equal(odd.length)
    const { hashes } = await hashTable(session, table, { codecs, rowsAtOnce: 10 })
    expect(new Set(hashes).size).to.equal(odd.length)
  })

  it('lets the connection be used after what looks at rows has failed', async () => {
    const { session, table, codecs } = await makeThings()
    for (let at = 0; at < 5; at += 1)
      await session.run('insert into things (a, b, c) values (?, ?, ?)', [String(at), 'b', 'x'.repeat(100_000)])
    const look = { row: () => {}, record: () => expect.fail('no more') }
    const error = await scanTable(session, table, { codecs, rowsAtOnce: 3 }, look).catch((thrown: unknown) => thrown)
    expect(`${error} ${error instanceof Error && error.cause}`).to.include('no more')
    expect(await session.rows('select 1')).to.have.length(1)
  })
}

function toStored(codec: Codec | undefined, text: string): string {
  const stored = codec?.encode(text)
  return typeof stored === 'string' ? stored : expect.fail(`${text} cannot be stored`)
}
