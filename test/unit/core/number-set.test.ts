import { expect } from 'chai'
import fc from 'fast-check'
import { NumberSet } from '../../../src/core/number-set.ts'

const whole = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }), fc.constantFrom(0, -0, 2 ** 32, -(2 ** 32), 2 ** 53 - 1))

describe('NumberSet', () => {
  it('keeps numbers that are counted in a byte each at most', () => {
    const set = new NumberSet()
    for (let number = 1; number <= 100_000; number += 1) set.add(number)
    expect(set.size).to.equal(100_000)
    expect(set.share().byteLength).to.be.at.most(100_000)
  })

  it('knows what was added, and nothing else, in another thread too', () => {
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 3_000 }), fc.array(whole), (numbers, others) => {
        const set = new NumberSet()
        for (const number of numbers) set.add(number)
        const known = new Set(numbers.map((number) => number + 0))
        expect(set.size).to.equal(known.size)
        const shared = new NumberSet(set.share())
        for (const number of [...numbers, ...others]) {
          expect(set.has(number)).to.equal(known.has(number + 0))
          expect(shared.has(number)).to.equal(known.has(number + 0))
        }
      }),
    )
  })
})
