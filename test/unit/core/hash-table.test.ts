import { expect } from 'chai'
import fc from 'fast-check'
import { HashTable } from '../../../src/core/hash-table.ts'

const hashes = fc.array(fc.tuple(fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(1n, 40n)), fc.integer()), { maxLength: 3000 })

describe('HashTable', () => {
  it('answers as a Map does, whatever its size', () => {
    fc.assert(
      fc.property(hashes, (pairs) => {
        const table = new HashTable({ values: true })
        const map = new Map<bigint, number>()
        for (const [hash, value] of pairs) {
          // 0 marks free slots, so it counts as 1
          const known = hash === 0n ? 1n : hash
          expect(table.add(hash, value)).to.equal(!map.has(known))
          if (!map.has(known)) map.set(known, value)
        }
        expect(table.size).to.equal(map.size)
        for (const [hash, value] of map) expect(table.get(hash)).to.equal(value)
        expect(table.has(2n ** 63n + 12345n)).to.equal(map.has(2n ** 63n + 12345n))
      }),
      { numRuns: 40 },
    )
  })

  it('finds what stood in it before it grew', () => {
    const table = new HashTable()
    for (let at = 1n; at <= 20_000n; at += 1n) table.add((at * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn)
    expect(table.size).to.equal(20_000)
    expect(table.has((777n * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn)).to.equal(true)
    expect(table.get(5n)).to.equal(undefined)
  })
})
