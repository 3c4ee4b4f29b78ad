import { expect } from 'chai'
import fc from 'fast-check'
import { isFerryError } from '../../../src/core/errors.ts'
import type { SqlValue } from '../../../src/core/row.ts'
import type { JournalRow, JournalUpdate } from '../../../src/state/journal-entry.ts'
import { packJournal, unpackJournal } from '../../../src/state/pack-journal.ts'

const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constant('\ud800 alone'),
  fc.uuid(),
  fc.uint8Array({ maxLength: 40 }),
)
const column = (size: number): fc.Arbitrary<SqlValue[]> =>
  fc.oneof(
    ...[fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.uuid(), fc.string(), value].map((one) =>
      fc.array(one as fc.Arbitrary<SqlValue>, { minLength: size, maxLength: size }),
    ),
  )
const table = (size: number, width: number): fc.Arbitrary<SqlValue[][]> =>
  fc
    .tuple(...Array.from({ length: width }, () => column(size)))
    .map((columns) => Array.from({ length: size }, (_, at) => columns.map((values) => values[at] ?? null)))
const rows = fc
  .tuple(fc.nat(20), fc.integer({ min: 1, max: 3 }), fc.nat(2))
  .chain(([size, width, deferred]) =>
    fc.tuple(
      table(size, width),
      table(size, deferred),
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: size, maxLength: size }),
      fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    ),
  )
  .map(([pks, values, hashes, present]): JournalRow[] =>
    pks.map((pk, at) => ({ pk, hash: hashes[at] ?? 0n, ...(present[at] && { values: values[at] ?? [] }) })),
  )
const updates = fc
  .tuple(rows, fc.nat(4))
  .chain(([plain, width]) => fc.tuple(fc.constant(plain), table(plain.length, width)))
  .map(([plain, before]): JournalUpdate[] => plain.map((row, at) => ({ ...row, before: before[at] ?? [] })))

describe('packJournal', () => {
  it('packs columns as it packs the rows that they make', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const bare = given.map(({ pk, hash }) => ({ pk, hash }))
        const pks = (bare[0]?.pk ?? []).map((_value, column) => bare.map(({ pk }) => pk[column] ?? null))
        const columns = { pks, hashes: BigUint64Array.from(bare, ({ hash }) => hash) }
        expect(packJournal({ rows: columns, updates: [] })).to.deep.equal(packJournal({ rows: bare, updates: [] }))
      }),
    )
  })

  it('gives back every value as it was: numbers, bigints, texts and bytes stay apart', () => {
    fc.assert(
      fc.property(rows, updates, (given, changed) => {
        expect(unpackJournal(packJournal({ rows: given, updates: changed }), 'a test')).to.deep.equal({ rows: given, updates: changed })
      }),
      { numRuns: 300 },
    )
  })

  it('keeps -0, NaN, the empty text, a byte order mark and the ends of the integers', () => {
    const pks = [[-0], [Number.NaN], [''], ['\ufeffx'], [2 ** 53 - 1], [-(2n ** 63n)], [10n ** 30n], [new Uint8Array()], [true]]
    const given = pks.map((pk, at) => ({ pk, hash: BigInt(at) }))
    const back = unpackJournal(packJournal({ rows: given, updates: [] }), 'a test').rows
    expect(back).to.deep.equal(given)
    expect(Object.is(back[0]?.pk[0], -0)).to.equal(true)
  })

  it('takes under 9 bytes a row with counted ids and under 25 with uuids', () => {
    const hash = (at: number) => BigInt.asUintN(64, BigInt(at + 1) * 0x9e3779b97f4a7c15n)
    const counted = Array.from({ length: 5_000 }, (_, at) => ({ pk: [BigInt(at + 1_000_000)], hash: hash(at) }))
    const uuid = (at: number) =>
      `${hash(at).toString(16).padStart(16, '0')}${hash(at + 9_999)
        .toString(16)
        .padStart(16, '0')}`
    const toUuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    const uuids = Array.from({ length: 5_000 }, (_, at) => ({ pk: [toUuid(uuid(at))], hash: hash(at) }))
    expect(packJournal({ rows: counted, updates: [] }).length / 5_000).to.be.below(9)
    expect(packJournal({ rows: uuids, updates: [] }).length / 5_000).to.be.below(25)
  })

  it('tells any changed, cut or lengthened byte', () => {
    const packed = packJournal({ rows: [1, 2, 3].map((pk) => ({ pk: [pk, `text ${pk}`], hash: BigInt(pk) })), updates: [] })
    for (let at = 0; at < packed.length; at += 1) {
      const damaged = Uint8Array.from(packed)
      damaged[at] = (damaged[at] ?? 0) ^ 0x41
      expect(() => unpackJournal(damaged, 'a test'), `byte ${at}`).to.satisfy(isCorrupt)
      expect(() => unpackJournal(packed.subarray(0, at), 'a test')).to.satisfy(isCorrupt)
    }
    expect(() => unpackJournal(Buffer.concat([packed, new Uint8Array(1)]), 'a test')).to.satisfy(isCorrupt)
  })

  it('refuses rows that differ in width', () => {
    const uneven = [
      { pk: [1], hash: 1n },
      { pk: [1, 2], hash: 2n },
    ]
    expect(() => packJournal({ rows: uneven, updates: [] })).to.throw()
  })
})

function isCorrupt(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    return isFerryError(error, 'FERRY_STATE_CORRUPT')
  }
}
