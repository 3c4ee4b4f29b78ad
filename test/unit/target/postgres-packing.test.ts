import { expect } from 'chai'
import fc from 'fast-check'
import type { Row, ValueKind } from '../../../src/core/row.ts'
import { createPostgresCodec } from '../../../src/target/dialects/postgres-codecs.ts'
import { encodeCopyBinary, toWriters } from '../../../src/target/dialects/postgres-copy-binary.ts'
import { postgresPacking } from '../../../src/target/dialects/postgres-packing.ts'
import type { ColumnInfo } from '../../../src/target/target.ts'
import { openRowHash } from '../../../src/transform/row-hash.ts'

const MIN_MS = -62_135_596_800_000
const MAX_MS = 253_402_300_799_999

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  fc.constantFrom('', 'a', 'é', '\u{1f600}', '"quoted"\t\\'),
)
/** As transforms give them, and as a text column may have held them: with any number of fraction digits. */
const instant = fc.integer({ min: MIN_MS, max: MAX_MS }).chain((ms) => {
  const canonical = new Date(ms).toISOString()
  return fc.constantFrom(canonical, canonical.replace('Z', '123Z'), `${canonical.slice(0, 19)}Z`, `${canonical.slice(0, 19)}.5Z`)
})
const day = fc.integer({ min: MIN_MS, max: MAX_MS }).map((ms) => new Date(ms).toISOString().slice(0, 10))

const COLUMNS: readonly {
  readonly type: string
  readonly kind: ValueKind
  readonly oid: number
  readonly value: fc.Arbitrary<Row[number]>
}[] = [
  { type: 'integer', kind: 'integer', oid: 23, value: fc.integer() },
  { type: 'bigint', kind: 'bigint', oid: 20, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: 'character varying(300)', kind: 'text', oid: 1043, value: text },
  { type: 'text', kind: 'text', oid: 25, value: text },
  { type: 'timestamp with time zone', kind: 'timestamp', oid: 1184, value: instant },
  { type: 'timestamp without time zone', kind: 'timestamp', oid: 1114, value: instant },
  { type: 'date', kind: 'date', oid: 1082, value: day },
  { type: 'boolean', kind: 'boolean', oid: 16, value: fc.boolean() },
  { type: 'uuid', kind: 'uuid', oid: 2950, value: fc.uuid() },
  { type: 'numeric(20,4)', kind: 'decimal', oid: 1700, value: fc.integer().map((value) => `${value}.5`) },
  { type: 'json', kind: 'json', oid: 114, value: fc.json({ maxDepth: 2 }) },
  { type: 'jsonb', kind: 'json', oid: 3802, value: fc.json({ maxDepth: 2 }) },
  { type: 'bytea', kind: 'bytes', oid: 17, value: fc.uint8Array({ maxLength: 40 }) },
  { type: 'double precision', kind: 'float', oid: 701, value: fc.double({ noNaN: true }) },
]

describe('target/dialects/postgres-packing', () => {
  it('sends what the values of the rows make, and gives the record that is hashed', async () => {
    const codecs = COLUMNS.map(({ type, kind }, at) =>
      createPostgresCodec({ name: `c${at}`, type, nullable: true } as ColumnInfo, kind, String),
    )
    const plan = COLUMNS.map(({ oid }) => oid)
    const columns = codecs.map((_, at) => `c${at}`)
    const writers = toWriters(plan) ?? []
    const hashRow = (await openRowHash())(codecs)
    const rows = fc.array(fc.tuple(...COLUMNS.map(({ value }) => fc.option(value, { freq: 5 }))), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(rows, (few) => {
        // More than one chunk of a buffer takes.
        const made = Array.from({ length: 30 }, () => few).flat()
        const packer = postgresPacking.open({ plan, columns, codecs, file: '' })
        for (const row of made) {
          expect(packer.add(row)).to.equal(true)
          expect(hashRow(row, packer.canonicalRecord?.())).to.equal(hashRow(row))
        }
        const { bytes = Buffer.alloc(0) } = packer.finish()
        expect(Buffer.from(bytes).equals(Buffer.concat(encodeCopyBinary(made, writers) ?? []))).to.equal(true)
      }),
      { numRuns: 150 },
    )
  })

  it('takes no row whose timestamp is none', () => {
    const [column] = COLUMNS.filter(({ oid }) => oid === 1184)
    const codecs = [createPostgresCodec({ name: 'at', type: column?.type ?? '', nullable: true } as ColumnInfo, 'timestamp', String)]
    for (const value of [
      '10000-01-01T00:00:00.000Z',
      '2025-02-30T00:00:00.000Z',
      '2025-02-28T24:00:00.000Z',
      '',
      '２025-02-28T00:00:00.000Z',
    ])
      expect(postgresPacking.open({ plan: [1184], columns: ['at'], codecs, file: '' }).add([value]), value).to.equal(false)
  })
})
