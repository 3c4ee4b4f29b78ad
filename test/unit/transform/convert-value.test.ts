import { expect } from 'chai'
import fc from 'fast-check'
import { type ValueKind, ValueProblem } from '../../../src/core/row.ts'
import type { Conversion } from '../../../src/definition/transfer.ts'
import { compileConversion } from '../../../src/transform/convert-value.ts'

/** The value, or the code of its problem in angle brackets. */
function read(conversion: Conversion, value: unknown): unknown {
  const converted = compileConversion(conversion)(value)
  return converted instanceof ValueProblem ? `<${converted.code}>` : converted
}

function expectAll(conversion: Conversion, cases: readonly (readonly [given: unknown, expected: unknown])[]): void {
  for (const [given, expected] of cases) expect(read(conversion, given), `${typeof given} ${String(given)}`).to.deep.equal(expected)
}

describe('compileConversion', () => {
  it('takes null and undefined as absent, and an empty text only where declared', () => {
    const kinds: ValueKind[] = [
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
    for (const kind of kinds) {
      expect(read({ kind }, null), kind).to.equal(undefined)
      expect(read({ kind }, undefined), kind).to.equal(undefined)
      expect(read({ kind, emptyAsNull: true }, ''), kind).to.equal(undefined)
    }
    expect(read({ kind: 'text' }, '')).to.equal('')
  })

  it('keeps text as it is', () => {
    for (const text of ['00123', '1E10', 'NULL', 'TRUE', '2025-08-31', ' a ', 'А123ВС77', '😀'])
      expect(read({ kind: 'text' }, text)).to.equal(text)
    expectAll({ kind: 'text' }, [
      [5, '<TYPE>'],
      [true, '<TYPE>'],
      [{}, '<TYPE>'],
      ['\ud83d', '<ENCODING>'],
    ])
    expectAll({ kind: 'text', parse: true }, [
      [5, '5'],
      [12n, '12'],
      [false, 'false'],
      [-0, '<NEGATIVE_ZERO>'],
      [Number.NaN, '<NOT_FINITE>'],
    ])
    expect(read({ kind: 'text', truncate: 2 }, '😀😀😀')).to.equal('😀😀')
    expect(read({ kind: 'text', trim: true, emptyAsNull: true }, '   ')).to.equal(undefined)
  })

  it('reads whole numbers without guessing', () => {
    expectAll({ kind: 'integer' }, [
      [12, 12],
      [12n, 12],
      ['12', '<TYPE>'],
      [1.5, '<PRECISION>'],
      [2 ** 53, '<RANGE>'],
      [2n ** 53n, '<RANGE>'],
      [-0, '<NEGATIVE_ZERO>'],
      [Number.NaN, '<NOT_FINITE>'],
      [Number.POSITIVE_INFINITY, '<NOT_FINITE>'],
      [{ $numberLong: '7' }, 7],
    ])
    expectAll({ kind: 'integer', parse: true }, [
      ['12', 12],
      ['-0', '<NEGATIVE_ZERO>'],
      ['1e3', '<TYPE>'],
      ['', '<TYPE>'],
    ])
    expect(read({ kind: 'bigint' }, 2n ** 63n)).to.equal(2n ** 63n)
    expect(read({ kind: 'bigint', parse: true }, '9007199254740993')).to.equal(9007199254740993n)
  })

  it('reads floats, booleans, uuids and bytes', () => {
    expectAll({ kind: 'float' }, [
      [0.1, 0.1],
      [-0, '<NEGATIVE_ZERO>'],
      ['1.5', '<TYPE>'],
      [2n ** 53n + 1n, '<PRECISION>'],
    ])
    expectAll({ kind: 'boolean' }, [
      [true, true],
      [1, '<TYPE>'],
      ['yes', '<TYPE>'],
    ])
    expectAll({ kind: 'boolean', parse: true }, [
      [1, true],
      ['No', false],
      ['maybe', '<TYPE>'],
      [2, '<TYPE>'],
    ])
    expectAll({ kind: 'uuid' }, [
      ['6F1C9D0A-4B57-5E83-9A2E-7D3F0C8B61E4', '6f1c9d0a-4b57-5e83-9a2e-7d3f0c8b61e4'],
      ['6f1c9d0a4b575e839a2e7d3f0c8b61e4', '<TYPE>'],
    ])
    expect(read({ kind: 'uuid', parse: true }, '{6f1c9d0a4b575e839a2e7d3f0c8b61e4}')).to.equal('6f1c9d0a-4b57-5e83-9a2e-7d3f0c8b61e4')
    const bytes = new Uint8Array([1, 2])
    expectAll({ kind: 'bytes' }, [
      [bytes, bytes],
      [{ $binary: { base64: 'AQI=' } }, bytes],
      [{ type: 'Buffer', data: [1, 2] }, bytes],
      ['AQI=', '<TYPE>'],
    ])
    expect(read({ kind: 'bytes', parse: true }, 'AQI=')).to.deep.equal(bytes)
    expect(read({ kind: 'bytes', parse: true }, 'AQI')).to.equal('<TYPE>')
  })

  it('maps enums exactly and refuses the rest', () => {
    const values = new Map<string | number | boolean | null, string>([
      ['a', 'A'],
      [1, 'ONE'],
      [null, 'NONE'],
    ])
    expectAll({ kind: 'text', values }, [
      ['a', 'A'],
      [1, 'ONE'],
      ['1', '<ENUM>'],
      [null, 'NONE'],
      [undefined, undefined],
      ['constructor', '<ENUM>'],
      [{}, '<ENUM>'],
    ])
  })

  it('writes JSON of own members only, and refuses what JSON loses', () => {
    class Model {
      readonly a = 1
      toJSON(): string {
        return 'no'
      }
    }
    const ring: { self?: unknown } = {}
    ring.self = ring
    expectAll({ kind: 'json' }, [
      [new Model(), '{"a":1}'],
      [{ a: undefined, b: [null] }, '{"b":[null]}'],
      [new Date(0), '"1970-01-01T00:00:00.000Z"'],
      [[undefined], '<TYPE>'],
      [{ a: Number.NaN }, '<NOT_FINITE>'],
      [{ a: -0 }, '<NEGATIVE_ZERO>'],
      [{ a: 1n }, '<TYPE>'],
      [new Map(), '<TYPE>'],
      [ring, '<TYPE>'],
    ])
    expectAll({ kind: 'json', parse: true }, [
      ['{"a": 1}', '{"a": 1}'],
      ['{', '<TYPE>'],
      [{}, '<TYPE>'],
    ])
  })

  it('writes any JSON value so that it reads back equal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const written = read({ kind: 'json' }, value)
        if (value !== null && written !== '<NEGATIVE_ZERO>') expect(JSON.parse(String(written))).to.deep.equal(value)
      }),
    )
  })
})

describe('decimals', () => {
  it('are exact, and rounded only where declared', () => {
    expectAll({ kind: 'decimal' }, [
      [12.1, '12.1'],
      ['0012.500', '12.5'],
      ['-0.00', '0'],
      [1e21, '1000000000000000000000'],
      [1e-7, '0.0000001'],
      [12n, '12'],
      ['1e3', '<TYPE>'],
      ['12,5', '<TYPE>'],
      ['', '<TYPE>'],
      [-0, '<NEGATIVE_ZERO>'],
      [Number.NaN, '<NOT_FINITE>'],
      [{ $numberDecimal: '1.50' }, '1.5'],
    ])
    expect(read({ kind: 'decimal', parse: true }, ' 1.25e-2 ')).to.equal('0.0125')
    expectAll({ kind: 'decimal', scale: 2 }, [
      [0.1 + 0.2, '<PRECISION>'],
      [12.345, '<PRECISION>'],
      ['12.3400', '12.34'],
    ])
    const rounded = (round: NonNullable<Conversion['round']>) =>
      [12.345, 12.335, -12.345, 12.349, 0.005].map((value) => read({ kind: 'decimal', scale: 2, round }, value))
    expect(rounded('half-even')).to.deep.equal(['12.34', '12.34', '-12.34', '12.35', '0'])
    expect(rounded('half-up')).to.deep.equal(['12.35', '12.34', '-12.35', '12.35', '0.01'])
    expect(rounded('down')).to.deep.equal(['12.34', '12.33', '-12.34', '12.34', '0'])
  })

  it('become cents without a float between', () => {
    expectAll({ kind: 'decimal', scale: 2, scaled: true }, [
      [12.1, 1210],
      [0.29, 29],
      [1.005, '<PRECISION>'],
      [0, 0],
      ['12.5', 1250],
      [-0, '<NEGATIVE_ZERO>'],
      ['90071992547409.93', 9007199254740993n],
      [0.1 + 0.2, '<PRECISION>'],
    ])
    expect(read({ kind: 'decimal', scale: 2, scaled: true, round: 'half-even' }, 0.1 + 0.2)).to.equal(30)
  })

  it('keep every number: the text of a float gives the same float back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        if (Object.is(value, -0)) return
        const text = read({ kind: 'decimal' }, value)
        expect(text).to.match(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/)
        expect(Number(text)).to.equal(value)
      }),
    )
  })

  it('give the same cents by the fast way of numbers and the exact way of texts', () => {
    const cents: Conversion = { kind: 'decimal', scale: 2, scaled: true }
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: -1e15, max: 1e15 }).map((units) => units / 100),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
        ),
        (value) => {
          if (Object.is(value, -0)) return
          expect(read(cents, value)).to.deep.equal(read({ ...cents, parse: true }, String(value)))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
