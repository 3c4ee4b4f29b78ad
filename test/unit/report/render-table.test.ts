import { expect } from 'chai'
import fc from 'fast-check'
import { cutText, measureWidth, renderTable } from '../../../src/report/render-table.ts'
import { renderBytes, renderCount, renderDuration, renderPercent, renderRate } from '../../../src/report/render-units.ts'

describe('renderTable', () => {
  it('aligns names left and numbers right', () => {
    const lines = renderTable(
      [{ title: 'table' }, { title: 'rows', align: 'right' }],
      [
        ['spots', '5,100'],
        ['garages', '1'],
      ],
    )
    expect(lines).to.deep.equal(['table     rows', 'spots    5,100', 'garages      1'])
  })

  it('counts wide characters as two columns and marks as none', () => {
    expect(measureWidth('東京')).to.equal(4)
    expect(measureWidth('e\u0301')).to.equal(1)
    expect(measureWidth('🚗')).to.equal(2)
  })

  it('shows control characters instead of sending them to the terminal', () => {
    const text = renderTable([{ title: 'key' }], [['\u001b[2Jgone\nnext']]).join('\n')
    expect(text).to.equal('key\n\\u001b[2Jgone\\u000anext')
  })

  it('cuts at the column it was told to, never through a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        const cut = cutText(text, width)
        expect(measureWidth(cut)).to.be.at.most(width)
        expect(/\p{Surrogate}/u.test(cut)).to.equal(false)
      }),
    )
  })

  it('is nothing without rows', () => {
    expect(renderTable([{ title: 'x' }], [])).to.deep.equal([])
  })
})

describe('units', () => {
  it('are said as people say them', () => {
    expect([renderCount(1234567), renderCount(12n), renderCount(-1234)]).to.deep.equal(['1,234,567', '12', '-1,234'])
    expect([84, 3200, 59_960, 245_000, 7_620_000].map(renderDuration)).to.deep.equal([
      '84 ms',
      '3.2 s',
      '1 min 00 s',
      '4 min 05 s',
      '2 h 07 min',
    ])
    expect([0, 512, 1536, 200 * 1024 ** 2].map(renderBytes)).to.deep.equal(['0 B', '512 B', '1.5 KiB', '200 MiB'])
    expect([950, 12_300, 1_200_000].map(renderRate)).to.deep.equal(['950/s', '12.3 k/s', '1.2 M/s'])
  })

  it('say 100 % only when all is done', () => {
    expect([renderPercent(0, 10), renderPercent(9999, 10_000), renderPercent(10, 10)]).to.deep.equal(['0 %', '99 %', '100 %'])
  })
})
