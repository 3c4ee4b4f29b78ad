import { expect } from 'chai'
import fc from 'fast-check'
import createKnex, { type Knex } from 'knex'
import { isFerryError } from '../../../src/core/errors.ts'
import { type LogicalValue, type SqlValue, type ValueKind, ValueProblem } from '../../../src/core/row.ts'
import { openSession } from '../../../src/target/dialects/sqlite.ts'
import type { Codec, Session } from '../../../src/target/target.ts'
import { expectLaw, type LawColumn, makeLawTable } from '../../support/codec-round-trip.ts'

const LONE = '\ud800'
const UUID = '6ba7b810-9dad-51d1-80b4-00c04fd430c8'
const AT = '2025-08-31T10:20:30.123Z'

const COLUMNS: readonly LawColumn[] = [
  {
    type: 'text',
    kind: 'text',
    accepted: ['', ' 5 ', '00123', '1E10', 'NULL', 'a\0b', '\0', 'é🧀'],
    refused: [
      [LONE, 'ENCODING'],
      [5, 'TYPE'],
    ],
  },
  {
    type: 'varchar(3)',
    kind: 'text',
    accepted: ['abc', '🧀🧀🧀', '5.0'],
    refused: [
      ['abcd', 'LENGTH'],
      ['🧀🧀🧀🧀', 'LENGTH'],
    ],
  },
  { type: 'char(2)', kind: 'text', accepted: ['a', 'a ', ''], refused: [['abc', 'LENGTH']] },
  { type: '', kind: 'text', accepted: ['5', '5.0', '', 'x'], refused: [[LONE, 'ENCODING']] },
  {
    type: 'integer',
    kind: 'text',
    accepted: ['x', '', '0x10', '.', '1e'],
    refused: [
      ['5', 'AFFINITY'],
      ['5\0x', 'AFFINITY'],
      [' 1e5 ', 'AFFINITY'],
      ['.5', 'AFFINITY'],
    ],
  },
  { type: 'real', kind: 'text', accepted: ['abc', 'Infinity'], refused: [['1', 'AFFINITY']] },
  {
    type: 'integer',
    kind: 'integer',
    accepted: [0, -1, 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n)],
    refused: [
      [2n ** 63n, 'RANGE'],
      [2 ** 53, 'PRECISION'],
      [-0, 'NEGATIVE_ZERO'],
      [1.5, 'TYPE'],
      ['5', 'TYPE'],
    ],
  },
  { type: 'bigint', kind: 'bigint', accepted: [2n ** 60n, 5], refused: [[-(2n ** 63n) - 1n, 'RANGE']] },
  { type: 'text', kind: 'integer', accepted: [5, -7n, 2n ** 60n], refused: [] },
  { type: 'varchar(2)', kind: 'integer', accepted: [5, -7n], refused: [[100, 'LENGTH']] },
  { type: '', kind: 'integer', accepted: [5, 6n, 2 ** 53 - 1], refused: [] },
  { type: 'real', kind: 'bigint', accepted: [5, -(2n ** 53n) + 1n], refused: [[2n ** 53n + 1n, 'PRECISION']] },
  { type: 'numeric(5,2)', kind: 'integer', accepted: [999, -999n], refused: [[1000, 'RANGE']] },
  {
    type: 'real',
    kind: 'float',
    accepted: [0, 0.1, 5, 1e300, 5e-324, -1e18],
    refused: [
      [-0, 'NEGATIVE_ZERO'],
      [Number.NaN, 'NOT_FINITE'],
      [Number.POSITIVE_INFINITY, 'NOT_FINITE'],
    ],
  },
  { type: 'numeric', kind: 'float', accepted: [0.1, 5, 1e18, 2 ** 63, 1e300], refused: [[-0, 'NEGATIVE_ZERO']] },
  { type: 'integer', kind: 'float', accepted: [5, -7], refused: [[5.5, 'AFFINITY']] },
  { type: 'text', kind: 'float', accepted: [5, 5.5, 1e21], refused: [] },
  { type: '', kind: 'float', accepted: [5, 5.5, 1e300], refused: [[-0, 'NEGATIVE_ZERO']] },
  {
    type: 'float',
    kind: 'decimal',
    accepted: ['12.5', '-0.000001', '999999999999999', '0.1'],
    refused: [
      ['0.1234567890123456', 'PRECISION'],
      ['9007199254740993', 'PRECISION'],
    ],
  },
  {
    type: 'decimal(10,2)',
    kind: 'decimal',
    accepted: ['12.5', '-99999999.99', '5', '0'],
    refused: [
      ['1.234', 'PRECISION'],
      ['123456789', 'RANGE'],
    ],
  },
  {
    type: 'numeric',
    kind: 'decimal',
    accepted: ['9223372036854775807', '0.5'],
    refused: [
      ['9223372036854775808', 'RANGE'],
      ['9007199254740993.5', 'PRECISION'],
    ],
  },
  { type: 'integer', kind: 'decimal', accepted: ['5', '-9223372036854775808'], refused: [['5.5', 'AFFINITY']] },
  { type: 'text', kind: 'decimal', accepted: ['123456789012345678901234567890.123', '0.5'], refused: [['1e5', 'TYPE']] },
  { type: 'boolean', kind: 'boolean', accepted: [true, false], refused: [[1, 'TYPE']] },
  { type: 'tinyint', kind: 'boolean', accepted: [true, false], refused: [] },
  { type: '', kind: 'boolean', accepted: [true, false], refused: [] },
  {
    type: 'datetime',
    kind: 'timestamp',
    accepted: [AT, '0001-01-01T00:00:00.000Z', '2025-08-31T10:20:30.123456789Z'],
    refused: [
      [5, 'TYPE'],
      [LONE, 'ENCODING'],
    ],
  },
  {
    type: 'integer',
    kind: 'timestamp',
    accepted: [AT, '1969-12-31T23:59:59.999Z', '2025-08-31T10:20:30.123000Z'],
    refused: [['2025-08-31T10:20:30.123001Z', 'PRECISION']],
  },
  { type: 'varchar(20)', kind: 'timestamp', accepted: [], refused: [[AT, 'LENGTH']] },
  { type: 'date', kind: 'date', accepted: ['2025-08-31', '0001-01-01'], refused: [] },
  { type: 'time', kind: 'time', accepted: ['10:20:30', '10:20:30.123'], refused: [] },
  { type: 'char(36)', kind: 'uuid', accepted: [UUID], refused: [['UUID', 'TYPE']] },
  { type: 'uuid', kind: 'uuid', accepted: [UUID, '00000000-0000-0000-0000-000000000000'], refused: [] },
  { type: 'blob', kind: 'uuid', accepted: [UUID], refused: [] },
  { type: 'binary(16)', kind: 'uuid', accepted: [UUID], refused: [] },
  { type: 'blob', kind: 'bytes', accepted: [new Uint8Array(0), new Uint8Array([0, 53]), Buffer.from('5')], refused: [['x', 'TYPE']] },
  { type: 'varbinary(2)', kind: 'bytes', accepted: [new Uint8Array(2)], refused: [[new Uint8Array(3), 'LENGTH']] },
  {
    type: 'json',
    kind: 'json',
    accepted: ['{"a":1}', '[1.0]', '"1.0"', 'null', 'true'],
    refused: [
      ['1.0', 'AFFINITY'],
      ['5', 'AFFINITY'],
      ['-1e5', 'AFFINITY'],
    ],
  },
  { type: 'text', kind: 'json', accepted: ['1.0', '{"a":1}'], refused: [[`"${LONE}"`, 'ENCODING']] },
]

const REFUSED_COLUMNS: readonly (readonly [string, ValueKind])[] = [
  ['text', 'boolean'],
  ['text', 'bytes'],
  ['varchar(20)', 'uuid'],
  ['integer', 'uuid'],
  ['integer', 'date'],
  ['real', 'timestamp'],
  ['real', 'time'],
]

const KINDS: readonly ValueKind[] = [
  'text',
  'integer',
  'bigint',
  'float',
  'decimal',
  'boolean',
  'timestamp',
  'date',
  'time',
  'uuid',
  'bytes',
  'json',
]

const digits = (max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max })
const numberLike = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789.+-eE \t\n\0x'), maxLength: 8 }),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc
    .tuple(fc.constantFrom('', ' ', '-', '+'), digits(25), fc.constantFrom('', '.', '.5', 'e5', 'e-400', 'e+', ' '))
    .map((parts) => parts.join('')),
)
const decimalText = fc.tuple(fc.constantFrom('', '-'), digits(25), fc.oneof(fc.constant(''), digits(20))).map(([sign, whole, fraction]) => {
  const text = `${whole.replace(/^0+(?=\d)/, '')}${fraction.replace(/0+$/, '') === '' ? '' : `.${fraction.replace(/0+$/, '')}`}`
  return text === '0' ? text : `${sign}${text}`
})

/** Any value a mapping may hand to the codec of each kind. */
const ANY_VALUE: Readonly<Record<ValueKind, fc.Arbitrary<LogicalValue>>> = {
  text: fc.oneof(fc.string({ unit: 'binary' }), fc.string(), numberLike, fc.constantFrom('a\0b', '\ud800', 'x\udc00y')),
  integer: fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n })),
  bigint: fc.oneof(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), fc.maxSafeInteger()),
  float: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 2 ** 53, 2 ** 63, -(2 ** 63), 1e15, 123456.789)),
  decimal: decimalText,
  boolean: fc.boolean(),
  timestamp: fc
    .date({ min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_999), noInvalidDate: true })
    .map((date) => date.toISOString()),
  date: fc
    .date({ min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_999), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  time: fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(-13, -1)),
  uuid: fc.uuid(),
  bytes: fc.uint8Array(),
  json: fc.oneof(fc.json(), numberLike),
}

describe('target/dialects/sqlite codecs', () => {
  let knex: Knex
  let session: Session
  before(async () => {
    knex = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
    session = await openSession(knex)
  })
  after(async () => {
    await session.close()
    await knex.destroy()
  })

  for (const column of COLUMNS) {
    it(`keeps ${column.kind} in ${column.type || 'a column without type'} as it is, or refuses it`, () => expectLaw(session, column))
  }

  for (const [type, kind] of REFUSED_COLUMNS) {
    it(`does not take ${kind} for ${type}`, async () => {
      const error = await makeLawTable(session, type, kind).catch((thrown: unknown) => thrown)
      expect(isFerryError(error, 'FERRY_DEFINITION_TYPE_MISMATCH')).to.equal(true)
    })
  }

  for (const [kind, values] of Object.entries(ANY_VALUE) as [ValueKind, fc.Arbitrary<LogicalValue>][]) {
    for (const type of [
      'text',
      'varchar(12)',
      'integer',
      'numeric',
      'decimal(8,3)',
      'real',
      'datetime',
      'json',
      'blob',
      'binary(16)',
      '',
    ]) {
      it(`accepts no ${kind} that ${type || 'a column without type'} would change`, async () => {
        const codec = await makeLawTable(session, type, kind).catch((error: unknown) => error)
        if (isFerryError(codec, 'FERRY_DEFINITION_TYPE_MISMATCH')) return
        await fc.assert(
          fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 60 }), (list) => expectSame(session, codec as Codec, list)),
          { numRuns: 25 },
        )
      })
    }
  }

  it('refuses exactly the texts a numeric column would change', async () => {
    for (const type of ['integer', 'numeric', 'real']) {
      const codec = await makeLawTable(session, type, 'text')
      const free = await makeLawTable(session, type, 'text')
      await fc.assert(
        fc.asyncProperty(numberLike, async (text) => {
          await session.run('delete from law')
          await session.run('insert into law (value) values (?)', [text])
          const [row] = await session.rows('select value from law')
          expect(codec.encode(text) instanceof ValueProblem, JSON.stringify(text)).to.equal(row?.[0] !== text)
          if (typeof row?.[0] !== 'string') expect(free.canonical(row?.[0] ?? '')).not.to.equal(free.canonical(text))
        }),
        { numRuns: 400 },
      )
    }
  })

  it('tells values of different storage classes apart', async () => {
    for (const type of ['text', '', 'numeric', 'blob']) {
      const codec = await makeLawTable(session, type, 'text')
      const stored: readonly Exclude<SqlValue, null>[] = ['5', 5n, Buffer.from('5'), '', Buffer.alloc(0), 5.5, '5.5', -0, '-0']
      expect(new Set(stored.map((value) => codec.canonical(value))).size, type).to.equal(stored.length)
    }
    const integers = await makeLawTable(session, '', 'integer')
    expect(integers.canonical(5n)).not.to.equal(integers.canonical(5))
    const anywhere = await makeLawTable(session, 'integer', 'integer')
    expect(anywhere.canonical(5n)).to.equal(anywhere.canonical(5))
  })

  it('takes in a STRICT table only what its types store', async () => {
    await session.run('drop table if exists tight')
    await session.run('create table tight (i integer, r real, t text, b blob, a any) strict')
    const table = await session.dialect.readTable(session, 'tight')
    const taken = (table?.columns ?? []).map((column) =>
      KINDS.filter((kind) => {
        try {
          session.dialect.codec(column, kind)
          return true
        } catch {
          return false
        }
      }),
    )
    expect(taken).to.deep.equal([
      ['integer', 'bigint', 'float', 'decimal', 'boolean', 'timestamp'],
      ['integer', 'bigint', 'float', 'decimal', 'boolean'],
      ['text', 'decimal', 'timestamp', 'date', 'time', 'uuid', 'json'],
      ['uuid', 'bytes'],
      KINDS,
    ])
    const [, , , , any] = table?.columns ?? []
    if (any === undefined) throw new Error('no column of type any')
    expect(session.dialect.codec(any, 'text').encode('5')).to.equal('5')
    await session.run('insert into tight (a) values (?)', ['5'])
    expect(await session.rows('select a from tight')).to.deep.equal([['5']])
  })
})

/** What was accepted comes back with the same canonical text, one row at a time and in bulk. */
async function expectSame(session: Session, codec: Codec, values: readonly LogicalValue[]): Promise<void> {
  const stored = values
    .map((value) => codec.encode(value))
    .filter((value): value is Exclude<SqlValue, null> => !(value instanceof ValueProblem))
  const rows = stored.map((value, index) => [index, value])
  const wanted = stored.map((value) => codec.canonical(value))
  for (const way of ['bulk', 'single']) {
    await session.run('delete from law')
    await session.begin()
    if (way === 'bulk') await session.insertRows('law', ['id', 'value'], rows)
    else for (const row of rows) await session.run('insert into law (id, value) values (?, ?)', row)
    await session.commit()
    const found = await session.rows(`select ${codec.select} from law order by id`)
    expect(
      found.map(([value]) => (value === null || value === undefined ? null : codec.canonical(value))),
      way,
    ).to.deep.equal(wanted)
  }
}
