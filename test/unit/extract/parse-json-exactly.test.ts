import assert from 'node:assert/strict'
import fc from 'fast-check'
import { JsonProblem, parseJsonExactly } from '../../../src/extract/parse-json-exactly.ts'

describe('parseJsonExactly', () => {
  it('agrees with JSON.parse wherever no integer loses digits', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text))
        assert.deepStrictEqual(parseJsonExactly(text), JSON.parse(text))
      }),
    )
  })

  it('gives every integer exactly, as a bigint where a number would round it', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.string(), (integer, text) => {
        const value = parseJsonExactly(`{"a":[${integer}],"text":${JSON.stringify(text)},"digits":"${integer}"}`) as {
          a: unknown[]
          text: string
          digits: string
        }
        assert.equal(BigInt(value.a[0] as bigint), integer)
        assert.equal(typeof value.a[0], BigInt(Number(integer)) === integer ? 'number' : 'bigint')
        assert.equal(value.text, text)
        assert.equal(value.digits, String(integer))
      }),
    )
  })

  it('is not deceived by texts that look like its own marks, or by quotes inside texts', () => {
    assert.deepStrictEqual(parseJsonExactly('["ferry-bigint:5","\\"9007199254740993",9007199254740993]'), [
      'ferry-bigint:5',
      '"9007199254740993',
      9007199254740993n,
    ])
  })

  it('keeps `__proto__` as data', () => {
    const value = parseJsonExactly('{"__proto__":{"x":9007199254740993},"b":1}') as Record<string, unknown>
    assert.deepEqual(Object.keys(value), ['__proto__', 'b'])
    assert.equal(value.x, undefined)
    assert.deepEqual(Object.getOwnPropertyDescriptor(value, '__proto__')?.value, { x: 9007199254740993n })
  })

  it('leaves fractions and exponents to be numbers', () => {
    assert.deepStrictEqual(parseJsonExactly('[0.30000000000000004,1e21,1234567890123456768.5]'), [
      0.30000000000000004,
      1e21,
      Number('1234567890123456768'),
    ])
  })

  for (const [text, isCut] of [
    ['{"a":1', true],
    ['[1,', true],
    ['["abc', true],
    ['', true],
    ['[1e400]', false],
    ['{"a":1}}', false],
    ['{a:1}', false],
    ["{'a':1}", false],
    ['nonsense', false],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, false],
  ] as const) {
    it(`refuses ${text.slice(0, 20)}, without quoting it`, () => {
      assert.throws(
        () => parseJsonExactly(text),
        (error) => error instanceof JsonProblem && error.cut === isCut && !error.message.includes('abc'),
      )
    })
  }
})
