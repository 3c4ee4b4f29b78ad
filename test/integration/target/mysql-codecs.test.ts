import { expect } from 'chai'
import fc from 'fast-check'
import { isFerryError } from '../../../src/core/errors.ts'
import type { LogicalValue, ValueKind } from '../../../src/core/row.ts'
import { ValueProblem } from '../../../src/core/row.ts'
import { openSession } from '../../../src/target/dialects/mysql.ts'
import type { Session } from '../../../src/target/target.ts'
import { expectLaw, expectRoundTrip, type LawColumn, makeLawTable } from '../../support/codec-round-trip.ts'
import { createMysqlDatabase } from '../../support/mysql-database.ts'
import type { TestDatabase } from '../../support/postgres-database.ts'

const UUID = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'

const LAWS: readonly LawColumn[] = [
  { type: 'tinyint', kind: 'integer', accepted: [-128, 127, 0], refused: [[128, 'RANGE']] },
  {
    type: 'tinyint(1)',
    kind: 'boolean',
    accepted: [true, false],
    refused: [
      [1, 'TYPE'],
      ['1', 'TYPE'],
    ],
  },
  { type: 'bit(1)', kind: 'boolean', accepted: [true, false], refused: [[1, 'TYPE']] },
  {
    type: 'smallint unsigned',
    kind: 'integer',
    accepted: [0, 65535],
    refused: [
      [-1, 'RANGE'],
      [65536, 'RANGE'],
    ],
  },
  { type: 'mediumint', kind: 'integer', accepted: [-8388608, 8388607], refused: [[8388608, 'RANGE']] },
  {
    type: 'int',
    kind: 'integer',
    accepted: [-2147483648, 2147483647n],
    refused: [
      [2147483648, 'RANGE'],
      [1.5, 'RANGE'],
    ],
  },
  {
    type: 'bigint',
    kind: 'bigint',
    accepted: [2n ** 63n - 1n, -(2n ** 63n), 5],
    refused: [
      [2n ** 63n, 'RANGE'],
      [2 ** 60, 'RANGE'],
    ],
  },
  {
    type: 'bigint unsigned',
    kind: 'bigint',
    accepted: [2n ** 64n - 1n, 0],
    refused: [
      [2n ** 64n, 'RANGE'],
      [-1, 'RANGE'],
    ],
  },
  { type: 'bigint', kind: 'timestamp', accepted: ['1969-12-31T23:59:59.999Z'], refused: [['2025-08-31T00:00:00.0001Z', 'PRECISION']] },
  { type: 'int(6) zerofill', kind: 'integer', accepted: [0, 7, 1234567], refused: [[-1, 'RANGE']] },
  { type: 'bigint(20) zerofill', kind: 'bigint', accepted: [0n, 2n ** 64n - 1n, 10], refused: [] },
  { type: 'year', kind: 'integer', accepted: [1901, 2155], refused: [[1900, 'RANGE']] },
  {
    type: 'decimal(5,2)',
    kind: 'decimal',
    accepted: ['0', '-999.99', '0.1', '12.5'],
    refused: [
      ['1000', 'RANGE'],
      ['0.001', 'PRECISION'],
    ],
  },
  {
    type: 'decimal(65,30)',
    kind: 'decimal',
    accepted: ['12345678901234567890123456789012345.123456789012345678901234567891'],
    refused: [],
  },
  { type: 'decimal(5,2) unsigned', kind: 'decimal', accepted: ['1.5'], refused: [['-1', 'RANGE']] },
  { type: 'decimal', kind: 'integer', accepted: [1234567890], refused: [[12345678901, 'RANGE']] },
  {
    type: 'double',
    kind: 'float',
    accepted: [0.1, 5e-324, 1.7976931348623157e308, -1e21, 2 ** 53, 123456789.125],
    refused: [
      [Number.NaN, 'NOT_FINITE'],
      [-0, 'NEGATIVE_ZERO'],
      [Infinity, 'NOT_FINITE'],
    ],
  },
  {
    type: 'double(8,2)',
    kind: 'float',
    accepted: [1.25, -999999.99],
    refused: [
      [1.255, 'PRECISION'],
      [1e6, 'RANGE'],
    ],
  },
  { type: 'double', kind: 'decimal', accepted: ['0.1', '-12.5'], refused: [['0.12345678901234567890', 'PRECISION']] },
  {
    type: 'float',
    kind: 'float',
    accepted: [0.1, 123456, -1.5e10, 1e-30],
    refused: [
      [1234567, 'PRECISION'],
      [0.1234567, 'PRECISION'],
      [1e39, 'RANGE'],
    ],
  },
  {
    type: 'float(8,2)',
    kind: 'float',
    accepted: [12.25, 9999.99, 0.1],
    refused: [
      [0.125, 'PRECISION'],
      [1e7, 'RANGE'],
    ],
  },
  {
    type: 'varchar(3)',
    kind: 'text',
    accepted: ['abc', '😀😀😀', 'a ', ''],
    refused: [
      ['abcd', 'LENGTH'],
      ['\ud800', 'ENCODING'],
    ],
  },
  {
    type: 'text',
    kind: 'text',
    accepted: ['', '00123', '1E10', 'NULL', '\\N', ' a ', '😀', 'a\0b\r\n\t\x1a', 'x'.repeat(65535)],
    refused: [
      ['x'.repeat(65536), 'LENGTH'],
      ['ü'.repeat(32768), 'LENGTH'],
    ],
  },
  { type: 'tinytext', kind: 'text', accepted: ['x'.repeat(255)], refused: [['x'.repeat(256), 'LENGTH']] },
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
    type: 'varchar(9) character set latin1',
    kind: 'text',
    accepted: ['é€Ÿ\x81ÿ'],
    refused: [
      ['ł', 'ENCODING'],
      ['\x80', 'ENCODING'],
      ['😀', 'ENCODING'],
    ],
  },
  { type: 'varchar(9) character set utf8mb3', kind: 'text', accepted: ['ł€'], refused: [['😀', 'ENCODING']] },
  { type: 'varchar(9) character set ascii', kind: 'text', accepted: ['a~'], refused: [['é', 'ENCODING']] },
  { type: 'varchar(9) character set cp1251', kind: 'text', accepted: ['a~'], refused: [['é', 'ENCODING']] },
  {
    type: `enum('sad','it''s, "ok"')`,
    kind: 'text',
    accepted: ['sad', `it's, "ok"`],
    refused: [
      ['SAD', 'ENUM'],
      ['', 'ENUM'],
      ['sad ', 'ENUM'],
    ],
  },
  {
    type: 'datetime(3)',
    kind: 'timestamp',
    accepted: ['2025-03-09T02:30:00.120Z', '1000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
    refused: [
      ['2025-08-31T00:00:00.0001Z', 'PRECISION'],
      ['0999-12-31T00:00:00.000Z', 'RANGE'],
      ['0000-00-00T00:00:00.000Z', 'RANGE'],
    ],
  },
  { type: 'datetime(6)', kind: 'timestamp', accepted: ['2025-03-09T02:30:00.123456Z'], refused: [] },
  { type: 'datetime', kind: 'timestamp', accepted: ['2025-03-09T02:30:00.000Z'], refused: [['2025-08-31T00:00:00.100Z', 'PRECISION']] },
  {
    type: 'timestamp(3) null',
    kind: 'timestamp',
    accepted: ['2025-03-09T02:30:00.120Z', '2025-11-02T06:30:00.000Z', '1970-01-01T00:00:01.000Z', '2038-01-19T03:14:07.999Z'],
    refused: [
      ['1970-01-01T00:00:00.999Z', 'RANGE'],
      ['2038-01-19T03:14:08.000Z', 'RANGE'],
    ],
  },
  {
    type: 'date',
    kind: 'date',
    accepted: ['1000-01-01', '2024-02-29', '9999-12-31'],
    refused: [
      ['0999-12-31', 'RANGE'],
      ['0000-00-00', 'RANGE'],
    ],
  },
  { type: 'time(3)', kind: 'time', accepted: ['00:00:00', '23:59:59.999', '10:00:00.100'], refused: [['10:00:00.0001', 'PRECISION']] },
  { type: 'time', kind: 'time', accepted: ['10:00:00'], refused: [['10:00:00.5', 'PRECISION']] },
  { type: 'char(36)', kind: 'uuid', accepted: [UUID], refused: [['x', 'TYPE']] },
  { type: 'uuid', kind: 'uuid', accepted: [UUID], refused: [['x', 'TYPE']] },
  {
    type: 'binary(16)',
    kind: 'uuid',
    accepted: [UUID, '00000000-0000-0000-0000-000000000000', '20202020-2020-2020-2020-202020202020'],
    refused: [['x', 'TYPE']],
  },
  {
    type: 'binary(4)',
    kind: 'bytes',
    accepted: [Buffer.from([0, 1, 2, 0])],
    refused: [
      [Buffer.from([0, 1]), 'LENGTH'],
      [Buffer.alloc(5), 'LENGTH'],
    ],
  },
  { type: 'varbinary(4)', kind: 'bytes', accepted: [Buffer.from([0, 1, 2, 0]), new Uint8Array()], refused: [[Buffer.alloc(5), 'LENGTH']] },
  {
    type: 'blob',
    kind: 'bytes',
    accepted: [Buffer.from([0, 9, 10, 13, 92, 255]), Buffer.alloc(65535, 7)],
    refused: [
      [Buffer.alloc(65536), 'LENGTH'],
      ['x', 'TYPE'],
    ],
  },
  { type: 'json', kind: 'json', accepted: ['{"b":1,"a":[null,1.5,"\\n😀"]}', 'null', '"x"', '{"a": 1}'], refused: [['{', 'TYPE']] },
]

const instant = fc
  .tuple(fc.integer({ min: -30_610_224_000, max: 253_402_300_799 }), fc.integer({ min: 0, max: 999 }))
  .map(([s, ms]) => `${new Date(s * 1000).toISOString().slice(0, 20)}${String(ms).padStart(3, '0')}Z`)

const PROPERTIES: readonly (readonly [string, ValueKind, fc.Arbitrary<LogicalValue>])[] = [
  ['text', 'text', fc.string({ unit: 'binary', maxLength: 30 })],
  [
    'varchar(30) character set latin1',
    'text',
    fc.string({ unit: fc.integer({ min: 0, max: 400 }).map((code) => String.fromCharCode(code)), maxLength: 4 }),
  ],
  ['longblob', 'bytes', fc.uint8Array({ maxLength: 40 })],
  ['double', 'float', fc.double()],
  ['float', 'float', fc.float().map((value) => Number(value.toPrecision(6)))],
  ['float(10,3)', 'float', fc.float({ min: -1000, max: 1000 }).map((value) => Number(value.toFixed(3)))],
  ['bigint', 'bigint', fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n })],
  ['bigint unsigned', 'bigint', fc.bigInt({ min: -10n, max: 2n ** 64n })],
  [
    'decimal(30,10)',
    'decimal',
    fc.tuple(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), fc.nat(10 ** 9)).map(([a, b]) => `${a}.${String(b).padStart(9, '0')}`),
  ],
  ['datetime(3)', 'timestamp', instant],
  ['timestamp(3) null', 'timestamp', fc.integer({ min: 1000, max: 2 ** 31 * 1000 - 1 }).map((ms) => new Date(ms).toISOString())],
  ['json', 'json', fc.json()],
]

describe('target/dialects/mysql codecs', function () {
  this.timeout(20_000)
  let database: TestDatabase
  let session: Session

  before(async () => {
    database = await createMysqlDatabase()
    session = await openSession(database.knex)
  })
  after(async () => {
    await session.close()
    await database.drop()
  })

  for (const law of LAWS) {
    it(`keeps ${law.kind} in ${law.type} as it is, or refuses it`, async () => {
      // Enough rows that the bulk way is LOAD DATA.
      const repeated = Array.from({ length: Math.ceil(25 / law.accepted.length) }, () => law.accepted).flat()
      await expectLaw(session, { ...law, accepted: repeated })
    })
  }

  for (const [type, kind, values] of PROPERTIES) {
    it(`reads any accepted ${kind} back from ${type} the same`, async () => {
      const codec = await makeLawTable(session, type, kind)
      const sample = fc.sample(values, 400).filter((value) => !(codec.encode(value) instanceof ValueProblem))
      expect(sample.length).to.be.above(50)
      await expectRoundTrip(session, codec, sample)
    })
  }

  it('gives an app the same float back that it accepted', async () => {
    const codec = await makeLawTable(session, 'float', 'float')
    const values = fc.sample(fc.float(), 500).map((value) => Number(value.toPrecision(6)))
    const accepted = values.filter((value) => !(codec.encode(value) instanceof ValueProblem))
    await session.insertRows(
      'law',
      ['id', 'value'],
      accepted.map((value, index) => [index, value]),
    )
    const seen = await session.rows('select value from law order by id')
    expect(seen.map(([value]) => value)).to.deep.equal(accepted)
  })

  it('refuses a kind that the column does not hold', async () => {
    const pairs: [string, ValueKind][] = [
      ['int', 'text'],
      ['text', 'integer'],
      ['date', 'timestamp'],
      [`set('a','b')`, 'text'],
      ['binary(15)', 'uuid'],
      ['varchar(35)', 'uuid'],
      ['point', 'json'],
    ]
    for (const [type, kind] of pairs) {
      const error = await makeLawTable(session, type, kind).catch((thrown: unknown) => thrown)
      expect(isFerryError(error, 'FERRY_DEFINITION_TYPE_MISMATCH'), `${type} ${kind}`).to.equal(true)
    }
  })
})
