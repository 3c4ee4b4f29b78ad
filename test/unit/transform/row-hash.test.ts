import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import xxhash from 'xxhash-wasm'
import type { Row, SqlValue, ValueKind } from '../../../src/core/row.ts'
import { dialect } from '../../../src/target/dialects/sqlite.ts'
import { SqliteRecord, WHOLE } from '../../../src/target/dialects/sqlite-record.ts'
import type { Codec } from '../../../src/target/target.ts'
import { openRowHash } from '../../../src/transform/row-hash.ts'
import { sketchTables } from '../../support/tables.ts'

function codecsOf(kinds: Readonly<Record<string, ValueKind>>): readonly Codec[] {
  const columns = Object.keys(kinds).map((type, at) => `c${at} ${type}?`)
  const { columns: infos = [] } = sketchTables({ t: { columns, primaryKey: [] } }).get('t') ?? {}
  return infos.map((info) => dialect.codec(info, kinds[info.type] ?? 'text'))
}

const codecs = codecsOf({ text: 'text', integer: 'bigint', varchar: 'text' })
/** One column of each affinity: text, integer, real, numeric, none. */
const AFFINITIES = { text: 'text', integer: 'integer', real: 'float', numeric: 'decimal', blob: 'integer' } as const
/** Those that make an integer of 5.0. */
const RULES = [false, true, false, true, false].map((isWhole) => (isWhole ? WHOLE : 0))

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('', '-', 't', 'n5', 'x00', 'r0.5', '5'),
)
const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(0, 1, 127, 128, -128, -129, 2 ** 31, -(2 ** 31) - 1, 2 ** 47 - 1, 2 ** 47, -(2 ** 47), 2 ** 53 - 1),
)
const bigints = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const anything: fc.Arbitrary<SqlValue> = fc.oneof(
  texts,
  integers,
  bigints,
  fc.double(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom<SqlValue>(null, -0, 2 ** 60, 2 ** 63, -(2 ** 63), 1e300),
)

/** The same codecs, whose canonical texts have to be made. */
function slowly(fast: readonly Codec[]): readonly Codec[] {
  return fast.map((codec) => ({ ...codec, canonical: (stored) => codec.canonical(stored) }))
}

describe('openRowHash', () => {
  it('gives rows of equal canonical texts one hash, and others others', async () => {
    const hasherFor = await openRowHash()
    for (const some of [
      codecsOf(AFFINITIES),
      slowly(codecsOf(AFFINITIES)),
      codecsOf(AFFINITIES).map((codec) => ({ ...codec, tagged: undefined })),
    ]) {
      const hash = hasherFor(some as readonly Codec[])
      const seen = new Map<bigint, string>()
      const row = fc.tuple(...some.map(() => anything))
      fc.assert(
        fc.property(row, (values: Row) => {
          const text = JSON.stringify(values.map((value, at) => (value === null ? null : some[at]?.canonical(value))))
          expect(hash([...values])).to.equal(hash(values))
          expect(seen.get(hash(values)) ?? text).to.equal(text)
          seen.set(hash(values), text)
        }),
        { numRuns: 500 },
      )
    }
  })

  it('hashes what canonical says, by whichever way it writes it', async () => {
    const hasherFor = await openRowHash()
    const fast = codecsOf(AFFINITIES)
    const servers = fast.map((codec): Codec => ({ kind: codec.kind, encode: codec.encode, select: codec.select, canonical: String }))
    const pairs = [fast, servers].map((some) => [hasherFor(some), hasherFor(slowly(some))] as const)
    fc.assert(
      fc.property(fc.tuple(...fast.map(() => anything)), (row: Row) => {
        for (const [quick, slow] of pairs) expect(quick(row)).to.equal(slow(row))
      }),
      { numRuns: 1000 },
    )
  })

  it('hashes the record that packing has made as the one it makes itself', async () => {
    const fast = codecsOf(AFFINITIES)
    const hash = (await openRowHash())(fast)
    const packed = new SqliteRecord(fast.length, RULES)
    let shared = 0
    fc.assert(
      fc.property(fc.tuple(...fast.map(() => fc.oneof(texts, integers, bigints, anything))), (row: Row) => {
        packed.write(row)
        if (!packed.isCanonical) return
        shared += 1
        expect(hash(row, packed.record)).to.equal(hash(row))
      }),
      { numRuns: 1000 },
    )
    expect(shared).to.be.above(50)
  })

  it('gives a row as encoded and as read back one hash, whatever the affinity makes of it', async () => {
    const fast = codecsOf(AFFINITIES)
    const hash = (await openRowHash())(fast)
    const database = new Database(':memory:')
    const types = Object.keys(AFFINITIES)
    database.exec(`create table t (${types.map((type, at) => `c${at} ${type}`).join(', ')})`)
    const insert = database
      .prepare(`insert into t values (${types.map(() => '?').join(', ')}) returning *`)
      .raw()
      .safeIntegers()
    const logical = fc.tuple(
      texts,
      fc.oneof(integers, bigints),
      fc.oneof(fc.double({ noNaN: true }), integers, fc.constantFrom(2 ** 60, 5)),
      fc.oneof(
        integers.map(String),
        fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 1, max: 9 })).map(([a, b]) => `${a}.${b}`),
      ),
      fc.oneof(integers, bigints),
    )
    let read = 0
    fc.assert(
      fc.property(logical, (values) => {
        const row = values.map((value, at) => fast[at]?.encode(value))
        if (row.some((value) => typeof value === 'object' && !(value instanceof Uint8Array))) return
        const [found] = insert.all(...row.map((value) => (typeof value === 'boolean' ? BigInt(value) : value)))
        read += 1
        expect(hash(found as Row)).to.equal(hash(row as Row))
      }),
      { numRuns: 500 },
    )
    database.close()
    expect(read).to.be.above(200)
  })

  it('keeps neighbours, NULL and empty texts apart', async () => {
    const hash = (await openRowHash())(codecs)
    const alike: Row[] = [
      ['ab', null, 'c'],
      ['a', null, 'bc'],
      ['', null, 'abc'],
      [null, null, 'abc'],
      ['abc', null, null],
      ['abc', null, ''],
      ['abc', 0, null],
    ]
    expect(new Set(alike.map((row) => hash(row))).size).to.equal(alike.length)
  })

  it('takes a column that is gone for one that is NULL', async () => {
    const hasherFor = await openRowHash()
    const gone: Codec = { kind: 'text', encode: String, canonical: String, select: 'NULL' }
    expect(hasherFor([...codecs.slice(0, 2), gone])(['a', 1n, null])).to.equal(hasherFor(codecs)(['a', 1n, null]))
  })

  it('is xxhash64 of a record, for ever: rollback reads it months later', async () => {
    const hasherFor = await openRowHash()
    const { h64Raw } = await xxhash()
    const plain: readonly Codec[] = codecs.map(({ kind, encode, select }) => ({ kind, encode, select, canonical: String }))
    expect(hasherFor(plain)(['a', 1n, null])).to.equal(h64Raw(Uint8Array.of(4, 15, 15, 0, 97, 49)))
    expect(hasherFor(codecs)(['a', 300n, null])).to.equal(h64Raw(Uint8Array.of(4, 15, 2, 0, 97, 1, 44)))
    expect(hasherFor(codecs)(['a', 1n, null]).toString(16)).to.equal('c4cd176a7f82fa81')
  })
})
