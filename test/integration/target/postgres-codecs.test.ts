import { expect } from 'chai'
import fc from 'fast-check'
import { isFerryError } from '../../../src/core/errors.ts'
import type { LogicalValue, ValueKind } from '../../../src/core/row.ts'
import { ValueProblem } from '../../../src/core/row.ts'
import { toShortestFloat32 } from '../../../src/target/codec-number.ts'
import { openSession } from '../../../src/target/dialects/postgres.ts'
import type { Session } from '../../../src/target/target.ts'
import { expectLaw, expectRoundTrip, type LawColumn, makeLawTable } from '../../support/codec-round-trip.ts'
import { createPostgresDatabase, type TestDatabase } from '../../support/postgres-database.ts'

const LAWS: readonly LawColumn[] = [
  {
    type: 'smallint',
    kind: 'integer',
    accepted: [0, -32768, 32767n],
    refused: [
      [32768, 'RANGE'],
      ['1', 'TYPE'],
      [1.5, 'RANGE'],
    ],
  },
  { type: 'integer', kind: 'integer', accepted: [2147483647, -2147483648], refused: [[2147483648, 'RANGE']] },
  {
    type: 'bigint',
    kind: 'bigint',
    accepted: [2n ** 63n - 1n, -(2n ** 63n), 5],
    refused: [
      [2n ** 63n, 'RANGE'],
      [2 ** 60, 'RANGE'],
    ],
  },
  { type: 'bigint', kind: 'timestamp', accepted: ['1969-12-31T23:59:59.999Z'], refused: [['2025-08-31T00:00:00.0001Z', 'PRECISION']] },
  { type: 'integer', kind: 'boolean', accepted: [true, false], refused: [[1, 'TYPE']] },
  {
    type: 'numeric(5,2)',
    kind: 'decimal',
    accepted: ['0', '-999.99', '0.1', '12.5'],
    refused: [
      ['1000', 'RANGE'],
      ['0.001', 'PRECISION'],
      ['1e3', 'TYPE'],
    ],
  },
  { type: 'numeric', kind: 'decimal', accepted: ['123456789012345678901234567890.123456789', '-0.00000000000000000001'], refused: [] },
  { type: 'numeric(10)', kind: 'integer', accepted: [1234567890], refused: [[12345678901, 'RANGE']] },
  {
    type: 'double precision',
    kind: 'float',
    accepted: [0.1, 5e-324, 1.7976931348623157e308, -1e21, 2 ** 53],
    refused: [
      [Number.NaN, 'NOT_FINITE'],
      [-0, 'NEGATIVE_ZERO'],
    ],
  },
  { type: 'double precision', kind: 'decimal', accepted: ['0.1', '-12.5', '1000000'], refused: [['0.12345678901234567890', 'PRECISION']] },
  {
    type: 'real',
    kind: 'float',
    accepted: [0.1, 16777216, 3.4028235e38, 1e-45],
    refused: [
      [0.123456789, 'PRECISION'],
      [2 ** 30, 'PRECISION'],
      [1e39, 'RANGE'],
    ],
  },
  { type: 'boolean', kind: 'boolean', accepted: [true, false], refused: [['true', 'TYPE']] },
  {
    type: 'text',
    kind: 'text',
    accepted: ['', '00123', '1E10', 'NULL', '\\N', ' a ', '😀', 'e\u0301'],
    refused: [
      ['a\0b', 'ENCODING'],
      ['\ud800', 'ENCODING'],
      ['\udc00\ud800', 'ENCODING'],
    ],
  },
  {
    type: 'varchar(3)',
    kind: 'text',
    accepted: ['abc', '😀😀😀'],
    refused: [
      ['abcd', 'LENGTH'],
      ['😀😀😀😀', 'LENGTH'],
    ],
  },
  {
    type: 'char(3)',
    kind: 'text',
    accepted: ['abc', 'a'],
    refused: [
      ['abcd', 'LENGTH'],
      ['ab ', 'LENGTH'],
    ],
  },
  {
    type: 'mood',
    kind: 'text',
    accepted: ['sad', 'it is, "ok"'],
    refused: [
      ['Sad', 'ENUM'],
      ['', 'ENUM'],
    ],
  },
  { type: 'short', kind: 'text', accepted: ['abcd'], refused: [['abcde', 'LENGTH']] },
  {
    type: 'timestamptz',
    kind: 'timestamp',
    accepted: ['2025-03-09T02:30:00.000Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999999Z', '1883-11-18T12:03:57.120Z'],
    refused: [
      ['2025-08-31T00:00:00.0000001Z', 'PRECISION'],
      ['+010000-01-01T00:00:00.000Z', 'RANGE'],
      ['0000-01-01T00:00:00.000Z', 'RANGE'],
      ['2025-08-31', 'TYPE'],
    ],
  },
  {
    type: 'timestamptz(0)',
    kind: 'timestamp',
    accepted: ['2025-03-09T02:30:00.000Z'],
    refused: [['2025-08-31T00:00:00.100Z', 'PRECISION']],
  },
  { type: 'timestamp', kind: 'timestamp', accepted: ['2025-03-09T02:30:00.120Z', '1950-01-01T00:00:00.000Z'], refused: [] },
  {
    type: 'date',
    kind: 'date',
    accepted: ['0001-01-01', '2024-02-29', '9999-12-31'],
    refused: [
      ['0000-01-01', 'RANGE'],
      ['x', 'TYPE'],
    ],
  },
  { type: 'time', kind: 'time', accepted: ['00:00:00', '23:59:59.999', '10:00:00.100'], refused: [['10:00', 'TYPE']] },
  { type: 'time(0)', kind: 'time', accepted: ['10:00:00'], refused: [['10:00:00.5', 'PRECISION']] },
  {
    type: 'uuid',
    kind: 'uuid',
    accepted: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    refused: [
      ['F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6', 'TYPE'],
      ['x', 'TYPE'],
    ],
  },
  { type: 'char(36)', kind: 'uuid', accepted: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6'], refused: [] },
  { type: 'bytea', kind: 'bytes', accepted: [new Uint8Array([]), Buffer.from([0, 9, 10, 13, 92, 255])], refused: [['x', 'TYPE']] },
  { type: 'json', kind: 'json', accepted: ['{"b":1,"a":[null,1.5,"\\n"]}', 'null', '"x"'], refused: [['{', 'TYPE']] },
  {
    type: 'jsonb',
    kind: 'json',
    accepted: ['{"b":1,"a":[null,1.5,"\\n"]}', '1e21', '{"a": 1.50}', '1e-7', '{"__proto__":1}'],
    refused: [
      ['{"a":1,"a":2}', 'PRECISION'],
      ['12345678901234567891', 'PRECISION'],
      ['-0', 'PRECISION'],
      ['"\\u0000"', 'ENCODING'],
      ['{"\\ud800":1}', 'ENCODING'],
    ],
  },
  {
    type: 'text[]',
    kind: 'json',
    accepted: ['[]', '["a","b c","","NULL",null,"\\"\\\\,{}"]', '[["a"],["b"]]'],
    refused: [
      ['[["a"],[]]', 'TYPE'],
      ['{}', 'TYPE'],
      ['[1]', 'TYPE'],
    ],
  },
  {
    type: 'integer[]',
    kind: 'json',
    accepted: ['[1,-2,null]'],
    refused: [
      ['[2147483648]', 'RANGE'],
      ['["1"]', 'TYPE'],
    ],
  },
  { type: 'numeric(4,2)[]', kind: 'json', accepted: ['[1.5,"2.25"]'], refused: [['[1.555]', 'PRECISION']] },
  {
    type: 'timestamptz(3)[]',
    kind: 'json',
    accepted: ['["2025-03-09T02:30:00.120Z",null]'],
    refused: [
      ['["2025-02-30T00:00:00.000Z"]', 'TYPE'],
      ['["2025-03-09T02:30:00.120+01:00"]', 'TYPE'],
      ['["2025-03-09T02:30:00.1201Z"]', 'PRECISION'],
    ],
  },
  { type: 'date[]', kind: 'json', accepted: ['["2024-02-29"]'], refused: [['["2025-02-29"]', 'TYPE']] },
  { type: 'time[]', kind: 'json', accepted: ['["23:59:59.999"]'], refused: [['["24:00:00"]', 'TYPE']] },
  { type: 'mood[]', kind: 'json', accepted: ['["sad"]'], refused: [['["x"]', 'ENUM']] },
]

const instant = fc
  .tuple(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([s, micros]) => `${new Date(s * 1000).toISOString().slice(0, 20)}${String(micros).padStart(6, '0')}Z`)

const PROPERTIES: readonly (readonly [string, ValueKind, fc.Arbitrary<LogicalValue>])[] = [
  ['text', 'text', fc.string({ unit: 'binary', maxLength: 30 })],
  ['bytea', 'bytes', fc.uint8Array({ maxLength: 40 })],
  ['double precision', 'float', fc.double()],
  ['real', 'float', fc.float().map(toShortestFloat32)],
  ['bigint', 'bigint', fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n })],
  [
    'numeric(30,10)',
    'decimal',
    fc.tuple(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), fc.nat(10 ** 9)).map(([a, b]) => `${a}.${String(b).padStart(9, '0')}`),
  ],
  ['timestamptz', 'timestamp', instant],
  ['timestamp', 'timestamp', instant],
  ['jsonb', 'json', fc.json({ stringUnit: 'binary' })],
  ['json', 'json', fc.json()],
  ['text[]', 'json', fc.array(fc.option(fc.string())).map((list) => JSON.stringify(list))],
]

describe('target/dialects/postgres codecs', function () {
  this.timeout(20_000)
  let database: TestDatabase
  let session: Session

  before(async () => {
    database = await createPostgresDatabase()
    await database.knex.raw(`create type mood as enum ('sad', 'it is, "ok"'); create domain short as varchar(4) not null`)
    session = await openSession(database.knex)
  })
  after(async () => {
    await session.close()
    await database.drop()
  })

  for (const law of LAWS) {
    it(`keeps ${law.kind} in ${law.type} as it is, or refuses it`, async () => {
      await expectLaw(session, law)
      // Enough rows that COPY is binary.
      await expectLaw(session, {
        ...law,
        accepted: Array.from({ length: 120 }, (_, index) => law.accepted[index % law.accepted.length] ?? ''),
      })
    })
  }

  for (const [type, kind, values] of PROPERTIES) {
    it(`reads any accepted ${kind} back from ${type} the same`, async () => {
      const codec = await makeLawTable(session, type, kind)
      const sample = fc.sample(values, 600).filter((value) => !(codec.encode(value) instanceof ValueProblem))
      expect(sample.length).to.be.above(50)
      await expectRoundTrip(session, codec, sample)
    })
  }

  it('refuses a kind that the column does not hold', async () => {
    const pairs: [string, ValueKind][] = [
      ['integer', 'text'],
      ['text', 'integer'],
      ['uuid', 'text'],
      ['interval', 'text'],
      ['date', 'timestamp'],
      ['timetz', 'time'],
      ['text[]', 'text'],
      ['inet[]', 'json'],
    ]
    for (const [type, kind] of pairs) {
      const error = await makeLawTable(session, type, kind).catch((thrown: unknown) => thrown)
      expect(isFerryError(error, 'FERRY_DEFINITION_TYPE_MISMATCH'), `${type} ${kind}`).to.equal(true)
    }
  })
})
