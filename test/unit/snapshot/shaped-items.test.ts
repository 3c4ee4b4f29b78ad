import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Item } from '../../../src/core/record.ts'
import { encodeValue } from '../../../src/snapshot/encode-value.ts'
import { ShapedItems } from '../../../src/snapshot/shaped-items.ts'
import { parseItem } from '../../../src/snapshot/snapshot-source.ts'

class Spot {
  constructor(members: object) {
    Object.assign(this, members)
  }
}

const HEAD = '["spots",'

/** A line as the source reads it; `shaped`: whether a shape fitted. */
function readLine(items: ShapedItems, rest: string): { readonly item: Item; readonly shaped: boolean } {
  const bytes = Buffer.from(`before ${HEAD}${rest}]\nafter`)
  const lineStart = 7
  const end = bytes.length - 6
  const start = lineStart + HEAD.length
  const shaped = items.read(bytes, start, end)
  if (shaped !== undefined) return { item: shaped, shaped: true }
  const item = parseItem(bytes.toString('utf8', lineStart, end))
  items.learn(bytes, { start, end }, item)
  return { item, shaped: false }
}

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom('', '$5', '"$ref"', '\\', 'é', '\ud800', '__proto__'),
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 1.25, 2 ** 53, 10n, undefined, null, true),
)
const member = fc.oneof(
  { weight: 5, arbitrary: scalar },
  fc.date({ noInvalidDate: true }), // Node 22 calls no two invalid dates equal
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', '$date', '__proto__', 'toJSON', '$$x'), scalar, { maxKeys: 2 }),
  fc.uniqueArray(fc.integer(), { maxLength: 3 }).map((list) => new Set(list)),
  fc.constantFrom(new Map([[1, 'x']]), Buffer.from('bytes'), new Spot({ inner: 1 })),
)
const name = fc.oneof(
  fc.constantFrom('id', 'at', '$class', '$value', '$date', 'toJSON', '__proto__', '1', 'é"'),
  fc.string({ maxLength: 5 }),
)
const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.integer(), fc.nat(), fc.tuple(fc.string(), fc.nat()))

describe('ShapedItems', () => {
  it('reads what decoding the whole line gives', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.array(fc.tuple(key, fc.array(member, { minLength: 5, maxLength: 5 })), { maxLength: 8 }),
        (names, isClass, rows) => {
          const items = new ShapedItems()
          for (const [one, values] of rows) {
            const record = {}
            for (const [at, called] of names.entries())
              Object.defineProperty(record, called, { value: values[at], enumerable: true, configurable: true, writable: true })
            const rest = `${encodeValue(one)},${encodeValue(isClass ? new Spot(record) : record)}`
            assert.deepStrictEqual(readLine(items, rest).item, parseItem(`${HEAD}${rest}]`))
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('fits records like those before, with dates, lists and classes', () => {
    const items = new ShapedItems()
    const line = (n: number, value: object) => readLine(items, `${n},${encodeValue(value)}`).shaped
    const session = (n: number) => ({ id: n, at: new Date(n), tags: ['a', n], none: null })
    assert.equal(line(1, session(1)), false)
    assert.equal(line(2, session(2)), true)
    assert.equal(line(3, { id: 3, at: new Date(Number.NaN), tags: [], none: null }), false)
    assert.equal(line(4, { id: 4, at: new Date(4), tags: new Set([1]), none: null }), false)
    assert.equal(line(5, new Spot(session(5))), true)
    assert.equal(readLine(items, '"F1-B2","F1-B2"').shaped, false)
  })
})
