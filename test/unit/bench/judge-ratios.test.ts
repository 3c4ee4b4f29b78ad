import { expect } from 'chai'
import fc from 'fast-check'
import { ALLOWED, judgeRatios, type Recorded } from '../../../bench/judge-ratios.ts'

const recorded: Recorded = {
  workload: 'sessions',
  records: 100_000,
  processors: 2,
  node: 'v20.19.0',
  ratios: { ferry: 2, 'ferry, one thread': 2.5, 'ferry + verify': 4 },
}

const verdicts = (measured: Record<string, number>, processors = 2) =>
  Object.fromEntries(judgeRatios(measured, recorded, processors).map(({ name, verdict }) => [name, verdict]))

describe('judgeRatios', () => {
  it('keeps ratios up to 30 % above the recorded ones, each by itself', () => {
    expect(verdicts({ ferry: 2.6, 'ferry, one thread': 1, 'ferry + verify': 5.21 })).to.deep.equal({
      ferry: 'kept',
      'ferry, one thread': 'kept',
      'ferry + verify': 'worse',
    })
  })

  it('calls worse what did not take part, or has no number', () => {
    const found = judgeRatios({ ferry: Number.NaN, 'ferry, one thread': 2.5 }, recorded, 2)
    expect(found.map(({ name, measured, verdict }) => [name, measured, verdict])).to.deep.equal([
      ['ferry', Number.NaN, 'worse'],
      ['ferry, one thread', 2.5, 'kept'],
      ['ferry + verify', undefined, 'worse'],
    ])
  })

  it('judges one thread alone where there are fewer processors than recorded with', () => {
    const slow = { ferry: 9, 'ferry, one thread': 9, 'ferry + verify': 9 }
    expect(verdicts(slow, 1)).to.deep.equal({ ferry: 'apart', 'ferry, one thread': 'worse', 'ferry + verify': 'apart' })
    expect(verdicts(slow, 4)).to.deep.equal({ ferry: 'worse', 'ferry, one thread': 'worse', 'ferry + verify': 'worse' })
  })

  it('passes over contestants that were not recorded', () => {
    expect(verdicts({ ferry: 2, 'ferry, one thread': 2, 'ferry + verify': 4, 'knex.batchInsert': 99 })).to.not.have.property(
      'knex.batchInsert',
    )
  })

  it('draws the line at the same multiple of any recorded ratio', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.double({ min: 0.1, max: 50, noNaN: true }), (before, now) => {
        const [judged] = judgeRatios({ ferry: now }, { ...recorded, ratios: { ferry: before } }, 2)
        expect(judged?.verdict).to.equal(now <= before * ALLOWED ? 'kept' : 'worse')
      }),
    )
  })
})
