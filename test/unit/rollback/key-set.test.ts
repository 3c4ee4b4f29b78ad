import { expect } from 'chai'
import fc from 'fast-check'
import { KeySet } from '../../../src/rollback/key-set.ts'

describe('KeySet', () => {
  it('answers as a Set of texts does', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { maxLength: 200 })
    fc.assert(
      fc.property(texts, texts, fc.nat(50), (added, asked, expected) => {
        const set = new KeySet(expected)
        for (const text of added) set.add(text)
        const oracle = new Set(added)
        expect(set.size).to.equal(oracle.size)
        for (const text of [...added, ...asked]) expect(set.has(text)).to.equal(oracle.has(text))
      }),
    )
  })

  it('keeps two hundred thousand counted keys apart', () => {
    const set = new KeySet(10)
    for (let at = 0; at < 200_000; at += 2) set.add(`n${at}`)
    expect(set.size).to.equal(100_000)
    let wrong = 0
    for (let at = 0; at < 200_000; at += 1) if (set.has(`n${at}`) !== (at % 2 === 0)) wrong += 1
    expect(wrong).to.equal(0)
  })
})
