import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isFerryError } from '../../../src/core/errors.ts'
import { decodeValue } from '../../../src/snapshot/decode-value.ts'
import { encodeValue } from '../../../src/snapshot/encode-value.ts'

const oddNames = fc.constantFrom(
  '$',
  '$$',
  '$date',
  '$$x',
  '$ref',
  '$class',
  '$value',
  '__proto__',
  'toJSON',
  'constructor',
  '',
  '1',
  '0',
  '/',
  '~',
)
const names = fc.oneof(oddNames, fc.string({ unit: 'binary' }))
const leaves = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '\udc00x', 'a\u2028b', '\u0000', '$ref', '__proto__'),
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53 + 2, 1e21, 5e-324),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.float64Array(),
  fc.int16Array(),
  fc.bigInt(-5n, 5n).map((value) => BigInt64Array.of(value)),
)
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    leaves,
    tie('list'),
    tie('map'),
    tie('set'),
    tie('record'),
    tie('bare'),
    tie('sparse'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  sparse: fc.array(tie('value'), { maxLength: 3 }).map((list) => Object.assign(new Array(list.length + 2), list)),
  map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  set: fc.array(tie('value'), { maxLength: 4 }).map((members) => new Set(members)),
  record: fc.array(fc.tuple(names, tie('value')), { maxLength: 5 }).map((members) => Object.fromEntries(members)),
  bare: fc
    .array(fc.tuple(names, tie('value')), { maxLength: 3 })
    .map((members) => Object.setPrototypeOf(Object.fromEntries(members), null)),
}))

describe('encodeValue and decodeValue', () => {
  it('give back every value as it was, on one line', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = encodeValue(value)
        assert.ok(!text.includes('\n'))
        assert.deepStrictEqual(decodeValue(text), value)
        assert.equal(encodeValue(decodeValue(text)), text)
      }),
      { numRuns: 1000 },
    )
  })

  it('keep the order of members, entries and set members', () => {
    const value = { z: 1, a: new Map([['z', 1] as const, ['a', 2] as const]), m: new Set(['z', 'a']), $z: 1, b: 2 }
    const read = decodeValue(encodeValue(value))
    assert.deepEqual(Object.keys(read as object), ['z', 'a', 'm', '$z', 'b'])
    assert.equal(encodeValue(read), encodeValue(value))
  })

  it('keep cycles and shared objects, through Maps, Sets and lists', () => {
    const shared = { name: 'shared' }
    const root: Record<string, unknown> = { a: shared, list: [shared, { deep: shared }] }
    root.self = root
    root.set = new Set<unknown>([root, shared, 1])
    root.map = new Map<unknown, unknown>([
      [shared, root],
      ['list', root.list],
    ])
    root.$odd = root.map
    const read = decodeValue(encodeValue(root)) as typeof root
    assert.equal(read.self, read)
    assert.equal((read.list as unknown[])[0], read.a)
    assert.equal((read.map as Map<unknown, unknown>).get(read.a), read)
    assert.equal((read.map as Map<unknown, unknown>).get('list'), read.list)
    assert.ok((read.set as Set<unknown>).has(read))
    assert.equal(read.$odd, read.map)
    assert.deepStrictEqual(read, root)
  })

  it('take an instance of a class by its own data, with its name, and never call toJSON or a getter', () => {
    class Spot {
      id = 'F1'
      at = new Date(0)
      #hidden = 1
      toJSON(): string {
        return String(this.#hidden)
      }
      get label(): string {
        throw new Error('ran a getter')
      }
    }
    const text = encodeValue([new Spot(), { toJSON: 'data' }])
    assert.match(text, /"\$class":"Spot"/)
    assert.deepStrictEqual(decodeValue(text), [{ id: 'F1', at: new Date(0) }, { toJSON: 'data' }])
  })

  it('keep `__proto__` as plain data, and the prototype as it is', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true},"a":1}') as object
    const read = decodeValue(encodeValue(value)) as Record<string, unknown>
    assert.deepEqual(Object.keys(read), ['__proto__', 'a'])
    assert.equal(read.polluted, undefined)
    assert.equal(Object.getPrototypeOf(read), Object.prototype)
  })

  it('read a RegExp and an Error as plain data', () => {
    const error = Object.assign(new TypeError('no'), { code: 'E' })
    assert.deepStrictEqual(decodeValue(encodeValue({ pattern: /(a+)+$/gi, error })), {
      pattern: { source: '(a+)+$', flags: 'gi' },
      error: { name: 'TypeError', message: 'no', code: 'E' },
    })
  })

  for (const [what, value] of Object.entries<unknown>({
    'a function': { a: [() => 1] },
    'a symbol': { a: Symbol('x') },
    'a member named by a symbol': { [Symbol('x')]: 1 },
    'a getter': Object.defineProperty({}, 'a', { enumerable: true, get: () => 1 }),
    'a promise': { a: Promise.resolve(1) },
    'a WeakMap': { a: new WeakMap() },
    'depth beyond the limit': nested(300),
  })) {
    it(`refuse ${what}`, () => {
      assert.throws(() => encodeValue(value), hasCode('FERRY_SNAPSHOT_UNSUPPORTED_VALUE'))
    })
  }

  it('accept every depth up to the limit, in Maps too', () => {
    let value: unknown = 1
    for (let depth = 0; depth < 256; depth += 1) value = new Map([[1, value]])
    assert.equal(encodeValue(decodeValue(encodeValue(value))), encodeValue(value))
    assert.equal(encodeValue(decodeValue(encodeValue(nested(256)))), encodeValue(nested(256)))
  })
})

describe('decodeValue of hostile text', () => {
  for (const text of [
    '',
    '{',
    'undefined',
    '{"$unknown":1}',
    '{"$date":"yesterday"}',
    '{"$date":"2025-08-31T00:00:00.000"}',
    '{"$date":null,"x":1}',
    '{"$bigint":"1e3"}',
    '{"$bigint":"0x10"}',
    '{"$number":"5"}',
    '{"$ref":["a"]}',
    '{"$ref":[]}',
    '{"$map":[[1]]}',
    '{"$map":[[1,2],[1,3]]}',
    '{"$set":[1,1]}',
    '{"$typed":["Function","AAAA"]}',
    '{"$typed":["Float64Array","AAAA"]}',
    '{"$class":"Spot"}',
    '{"$class":"Spot","$value":[]}',
    '{"$class":"Spot","$value":{},"x":1}',
    '{"a":1,"$b":2}',
    '{"$$a":2}',
    '{"__proto__":{"x":1}}',
    '{"__pr\\u006fto__":{"x":1}}',
    '{"toJSON":1}',
    '{"\\u0024date":"x"}',
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  ]) {
    it(`refuses ${text.slice(0, 40)}`, () => {
      assert.throws(() => decodeValue(text), hasCode('FERRY_SNAPSHOT_INVALID'))
    })
  }
})

function nested(depth: number): unknown {
  let value: unknown = []
  for (let level = 1; level < depth; level += 1) value = [value]
  return value
}

function hasCode(code: 'FERRY_SNAPSHOT_INVALID' | 'FERRY_SNAPSHOT_UNSUPPORTED_VALUE'): (error: unknown) => boolean {
  return (error) => isFerryError(error, code)
}
