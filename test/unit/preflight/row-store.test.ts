import { expect } from 'chai'
import fc from 'fast-check'
import { RowStore } from '../../../src/preflight/row-store.ts'

describe('RowStore', () => {
  it('gives every row back exactly', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.bigInt(), fc.double(), fc.boolean(), fc.constant(null))
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { maxLength: 50 }), (rows) => {
        const store = new RowStore()
        const places = rows.map((row) => store.add(row))
        for (const [at, row] of rows.entries()) expect(store.get(places[at] ?? -1)).to.deep.equal(row)
      }),
      { numRuns: 50 },
    )
  })

  it('keeps rows larger than a chunk, and those after them', () => {
    const store = new RowStore()
    const large = 'x'.repeat(3_000_000)
    const one = store.add([large])
    const two = store.add([7n])
    expect(store.get(one)).to.deep.equal([large])
    expect(store.get(two)).to.deep.equal([7n])
  })
})
