import { expect } from 'chai'
import fc from 'fast-check'
import { parseRow, renderRow } from '../../../src/state/row-text.ts'

describe('renderRow', () => {
  it('reads back exactly', () => {
    const value = fc.oneof(fc.constant(null), fc.boolean(), fc.double(), fc.bigInt(), fc.string(), fc.uint8Array())
    fc.assert(
      fc.property(fc.array(value), (row) => {
        expect(parseRow(renderRow(row))).to.deep.equal(row)
      }),
    )
  })

  it('keeps -0, NaN and infinities', () => {
    const [zero, nan, infinite] = parseRow(renderRow([-0, Number.NaN, -Infinity]))
    expect(Object.is(zero, -0)).to.equal(true)
    expect(nan).to.be.NaN
    expect(infinite).to.equal(-Infinity)
  })

  it('refuses other texts', () => {
    for (const text of ['{}', '[{}]', '[[1]]', '1', '', '[{"i":"x"}]']) expect(() => parseRow(text)).to.throw(SyntaxError)
  })
})
