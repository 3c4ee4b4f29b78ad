import { expect } from 'chai'
import fc from 'fast-check'
import { TextSet } from '../../../src/core/text-set.ts'

describe('TextSet', () => {
  it('knows what was added, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.string({ unit: 'binary' })), (texts, others) => {
        const set = new TextSet()
        for (const text of texts) set.add(text)
        expect(texts.every((text) => set.has(text))).to.equal(true)
        expect(set.size).to.equal(new Set(texts).size)
        const known = new Set(texts)
        for (const other of others) expect(set.has(other)).to.equal(known.has(other))
      }),
    )
  })

  it('keeps 200,000 alike texts apart while it grows', () => {
    const set = new TextSet()
    for (let at = 0; at < 200_000; at += 1) set.add(`n${at}`)
    expect(set.size).to.equal(200_000)
    for (let at = 0; at < 200_000; at += 97) expect(set.has(`n${at}`)).to.equal(true)
    for (let at = 200_000; at < 400_000; at += 1) expect(set.has(`n${at}`)).to.equal(false)
  })
})
