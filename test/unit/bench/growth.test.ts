import { expect } from 'chai'
import { listGrowth } from '../../../bench/growth.ts'
import type { Case } from '../../../bench/results.ts'

/** One contestant's case: its size, its time in seconds, its memory in MiB. */
function makeCase(workload: string, { records, seconds, mebibytes }: { records: number; seconds: number; mebibytes: number }): Case {
  const wall = { median: seconds * 1000, least: seconds * 1000, greatest: seconds * 1000 }
  const one = { median: 1, least: 1, greatest: 1 }
  const outcome = { workMs: 1, phases: {}, userMs: seconds * 1500, systemMs: seconds * 500, maxRssBytes: 1 }
  const rounds = [{ wallMs: seconds * 1000, peakRssBytes: 1, outcome }]
  const result = { name: 'ferry', what: '', rounds, ratio: one, cpuRatio: one, wallMs: wall, rowsPerSecond: 1 }
  return {
    workload,
    title: workload,
    engine: 'sqlite',
    records,
    rows: records * 2,
    bytes: records * 100,
    results: [{ ...result, peakRssBytes: mebibytes * 2 ** 20 }],
    comparisons: [],
  }
}

describe('listGrowth', () => {
  it('compares each size with the next smaller one of the same workload', () => {
    const large = makeCase('sessions', { records: 10_000_000, seconds: 95, mebibytes: 300 })
    const small = makeCase('sessions', { records: 1_000_000, seconds: 10, mebibytes: 250 })
    const other = makeCase('tiny', { records: 2_000_000, seconds: 1, mebibytes: 100 })
    expect(listGrowth([large, other, small])).to.deep.equal([
      {
        engine: 'sqlite',
        workload: 'sessions',
        contestant: 'ferry',
        from: 1_000_000,
        to: 10_000_000,
        rows: 10,
        time: 9.5,
        cpu: 9.5,
        peakFromBytes: 250 * 2 ** 20,
        peakToBytes: 300 * 2 ** 20,
      },
    ])
  })

  it('has nothing to say of one size', () => {
    expect(listGrowth([makeCase('sessions', { records: 1, seconds: 1, mebibytes: 1 })])).to.deep.equal([])
  })
})
