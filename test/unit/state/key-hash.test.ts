import { expect } from 'chai'
import fc from 'fast-check'
import { keyHash } from '../../../src/state/key-hash.ts'

describe('keyHash', () => {
  it('fits a signed 64-bit column and is the same every time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const hash = keyHash(text)
        expect(hash).to.equal(keyHash(text))
        expect(BigInt.asIntN(64, hash)).to.equal(hash)
      }),
    )
  })

  it('puts keys that count up beside each other', () => {
    const hashes = Array.from({ length: 1_000 }, (_, at) => keyHash(`s"user-${String(at + 1).padStart(6, '0')}"`))
    const steps = hashes.slice(1).map((hash, at) => hash - (hashes[at] ?? 0n))
    expect(new Set(steps)).to.deep.equal(new Set([1n]))
  })

  it('keeps a hundred thousand different keys apart', () => {
    const texts = Array.from({ length: 100_000 }, (_, at) => [`n${at}`, `s"${at}"`, `s"spot/${at}/x"`][at % 3] ?? '')
    expect(new Set(texts.map(keyHash)).size).to.equal(texts.length)
  })
})
