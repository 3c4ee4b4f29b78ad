import { expect } from 'chai'
import fc from 'fast-check'
import { renderKey } from '../../../src/core/canonical-value.ts'
import { KeySet } from '../../../src/core/key-set.ts'
import type { Key } from '../../../src/core/record.ts'

const simple: fc.Arbitrary<Key> = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.integer({ min: -100, max: 100 }).map(String),
  fc.bigInt({ min: -100n, max: 100n }),
  fc.constantFrom<Key>(0, -0, '', 0.5, 2 ** 53, -(2 ** 53), 2 ** 53 - 1),
)
const key = fc.oneof(simple, fc.array(simple, { maxLength: 2 }))

describe('KeySet', () => {
  it('knows the keys that were added, and no other, in another thread too', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 500 }), fc.array(key), (keys, others) => {
        const set = new KeySet()
        for (const one of keys) set.add(one)
        const known = new Set(keys.map(renderKey))
        const shared = new KeySet(set.share())
        for (const one of [...keys, ...others]) {
          expect(set.has(one)).to.equal(known.has(renderKey(one)))
          expect(shared.has(one)).to.equal(known.has(renderKey(one)))
        }
      }),
    )
  })
})
