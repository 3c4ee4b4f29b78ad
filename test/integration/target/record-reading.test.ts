import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import type { ValueKind } from '../../../src/core/row.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { recordsAtOnce } from '../../../src/target/table-rows.ts'
import type { Codec, Session, TableInfo } from '../../../src/target/target.ts'
import { expectAlikeBothWays, hashTable } from '../../support/read-both-ways.ts'
import { createSqliteDatabase } from '../../support/sqlite-database.ts'

type Stored = string | number | bigint | Buffer | null

const KINDS: Readonly<Record<string, ValueKind>> = { id: 'integer', a: 'text', b: 'bigint', c: 'timestamp', d: 'text', e: 'integer' }
const THINGS = 'create table things (id integer primary key, a text, b integer, c datetime, d blob, e real)'

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '/', '\n', '\t', '\b', '\f', '\r', '\0', '\x01', '\x1f', 'x'), maxLength: 60 }),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\\"',
    'null',
    '5',
    '[1]',
    "it's",
    'x\0y',
    '\u2028',
    '\u{1f600}',
    'ä'.repeat(70),
    '\u007f',
    ' '.repeat(48),
    'a'.repeat(49),
  ),
)
const whole = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -300, max: 300 }).map(BigInt),
  fc.constantFrom(0n, 1n, -1n, 10n ** 15n - 1n, 10n ** 15n, 2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
)
/** What no affinity makes a number of. */
const words = texts.filter((text) => !/\d/.test(text))
const usual: fc.Arbitrary<Stored> = fc.oneof(texts, whole, fc.constant(null))
const unusual: fc.Arbitrary<Stored> = fc.oneof(
  fc.double({ noNaN: true }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
)

/** Codecs of `THINGS`' columns in another order than the table's. */
function codecsOf(session: Session, table: TableInfo): readonly Codec[] {
  return ['c', 'a', 'id', 'e', 'd', 'b'].map((name) => {
    const column = table.columns.find((info) => info.name === name)
    if (column === undefined) throw new Error(`there is no column ${name}`)
    return session.dialect.codec(column, KINDS[name] ?? 'text')
  })
}

/** Lets `work` read a database that was made by hand. */
async function inDatabase(
  make: (database: Database.Database) => void,
  work: (session: Session, table: TableInfo, codecs: readonly Codec[]) => Promise<void>,
): Promise<void> {
  const file = createSqliteDatabase()
  const database = new Database(file.file)
  make(database)
  database.close()
  const target = await openTarget({ config: file.config })
  const session = await target.openSession()
  try {
    const table = await session.dialect.readTable(session, 'things')
    if (table === undefined) throw new Error('the table is not there')
    await work(session, table, codecsOf(session, table))
  } finally {
    await session.close()
    await target.close()
    file.drop()
  }
}

function insert(database: Database.Database, rows: readonly (readonly Stored[])[]): void {
  const statement = database.prepare('insert into things (a, b, c, d, e) values (?, ?, ?, ?, ?)')
  database.transaction(() => {
    for (const row of rows) statement.run(...row)
  })()
}

describe('reading rows as records', () => {
  it('hashes texts, integers and NULL as reading their values does', async function () {
    this.timeout(60_000)
    const none = fc.constant(null)
    const row = fc.tuple(usual, fc.oneof(words, whole, none), fc.oneof(words, whole, none), usual, fc.oneof(words, none))
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 70 }), (rows, rowsAtOnce) =>
        inDatabase(
          (database) => {
            database.exec(THINGS)
            insert(database, rows)
          },
          async (session, table, codecs) => {
            expect(await expectAlikeBothWays(session, table, { codecs, rowsAtOnce })).to.equal(rows.length)
          },
        ),
      ),
      { numRuns: 60 },
    )
  })

  it('leaves floats, blobs and what comes after them to values, each row once', async function () {
    this.timeout(60_000)
    const row = fc.tuple(usual, usual, usual, usual, usual)
    const other = fc.tuple(usual, usual, usual, unusual, unusual)
    let mixed = 0
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), other, fc.array(row, { maxLength: 40 }), (before, one, after) =>
        inDatabase(
          (database) => {
            database.exec(THINGS)
            insert(database, [...before, one, ...after])
          },
          async (session, table, codecs) => {
            for (const rowsAtOnce of [1, 7, 500]) {
              const records = await expectAlikeBothWays(session, table, { codecs, rowsAtOnce })
              expect(records).to.be.at.most(before.length)
              if (records > 0) mixed += 1
            }
          },
        ),
      ),
      { numRuns: 40 },
    )
    expect(mixed).to.be.above(20)
  })

  it('tells bytes that are no UTF-8 from the sign that stands for them', async () => {
    const make = (database: Database.Database) => {
      database.exec(THINGS)
      database.exec(`insert into things (a) values (cast(x'61ff62' as text)), ('a\ufffdb')`)
    }
    await inDatabase(make, async (session, table, codecs) => {
      const { hashes } = await hashTable(session, table, { codecs: codecs.slice(1, 2), rowsAtOnce: 10 })
      expect(new Set(hashes).size).to.equal(2)
    })
  })

  it('asks for as many rows at once as stay small, whatever they hold', async () => {
    const sized = async (sizes: readonly number[], ddl = THINGS, kind: ValueKind = 'text'): Promise<number | undefined> => {
      let found: number | undefined
      const make = (database: Database.Database) => {
        database.exec(ddl)
        insert(
          database,
          sizes.map((size) => ['x'.repeat(size), null, null, null, null]),
        )
      }
      await inDatabase(make, async (session, table, codecs) => {
        found = await recordsAtOnce(session, table, [{ ...(codecs[1] as Codec), kind }])
      })
      return found
    }
    const short = Array.from({ length: 1000 }, () => 10)
    expect(await sized([])).to.equal(500)
    expect(await sized(short)).to.equal(500)
    expect(await sized(short.map(() => 1000))).to.be.within(60, 90)
    expect(await sized([...short, 100_000])).to.be.within(70, 90)
    expect(await sized([...short, 10_000_000]), 'one row that is larger than many').to.equal(undefined)
    expect(await sized(short.map(() => 40_000))).to.equal(undefined)
    for (const kind of ['float', 'decimal', 'bytes'] as const) expect(await sized(short, THINGS, kind), kind).to.equal(undefined)
    expect(await sized(short, `pragma encoding = 'UTF-16'; ${THINGS}`), 'UTF-16').to.equal(undefined)
    expect(await sized(short, `${THINGS.replace('primary key', 'not null default (random()) primary key')} without rowid`)).to.equal(
      undefined,
    )
  })
})
