import { expect } from 'chai'
import fc from 'fast-check'
import { RowSum } from '../../../src/core/row-sum.ts'

const sumOf = (hashes: readonly bigint[]) => {
  const sum = new RowSum()
  for (const hash of hashes) sum.add(hash)
  return sum
}
const hash = fc.bigInt(0n, 2n ** 64n - 1n)

describe('RowSum', () => {
  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(fc.array(hash), fc.infiniteStream(fc.nat()), (hashes, chance) => {
        const shuffled = [...hashes]
        for (let at = shuffled.length - 1; at > 0; at -= 1) {
          const other = (chance.next().value ?? 0) % (at + 1)
          const [a, b] = [shuffled[at] ?? 0n, shuffled[other] ?? 0n]
          shuffled[at] = b
          shuffled[other] = a
        }
        expect(sumOf(hashes).equals(sumOf(shuffled))).to.equal(true)
      }),
    )
  })

  it('tells one changed, one lost and one doubled row', () => {
    fc.assert(
      fc.property(fc.array(hash, { minLength: 1 }), hash, fc.nat(), (hashes, other, chance) => {
        const at = chance % hashes.length
        fc.pre(hashes[at] !== other)
        const changed = hashes.with(at, other)
        expect(sumOf(hashes).equals(sumOf(changed))).to.equal(false)
        expect(sumOf(hashes).equals(sumOf(hashes.toSpliced(at, 1)))).to.equal(false)
        expect(sumOf(hashes).equals(sumOf([...hashes, hashes[at] ?? 0n]))).to.equal(false)
      }),
    )
  })

  it('is the same in one piece and merged from parts', () => {
    fc.assert(
      fc.property(fc.array(fc.array(hash)), (pieces) => {
        const merged = new RowSum()
        for (const piece of pieces) merged.merge(sumOf(piece).parts())
        expect(merged.equals(sumOf(pieces.flat()))).to.equal(true)
        expect(merged.count).to.equal(pieces.flat().length)
      }),
    )
  })

  it('tells a pair of equal rows that took the place of another pair', () => {
    expect(sumOf([1n, 1n]).equals(sumOf([2n, 2n]))).to.equal(false)
  })
})
