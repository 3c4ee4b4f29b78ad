import { expect } from 'chai'
import type { Recorded } from '../../../bench/judge-ratios.ts'
import type { Case } from '../../../bench/results.ts'
import { readRecorded, runShort } from '../../../bench/run-short.ts'

const recorded: Recorded = { workload: 'sessions', records: 100, processors: 2, node: 'v20.19.0', ratios: { ferry: 2 } }

/** A bench of the floor and ours. */
function makeCase(ratio: number, records = 100): Case {
  const result = (name: string, median: number) => {
    const spread = { median, least: median, greatest: median }
    return { name, what: '', rounds: [], ratio: spread, cpuRatio: spread, wallMs: spread, rowsPerSecond: 1, peakRssBytes: 1 }
  }
  const results = [result('bare loop', 1), result('ferry', ratio)]
  return { workload: 'sessions', title: '', engine: 'sqlite', records, rows: records, bytes: 1, results, comparisons: [] }
}

/** Benches whose ratios come one after another; how many were run. */
async function judge(...ratios: readonly number[]): Promise<{ passed: boolean; runs: number }> {
  let runs = 0
  const run = async () => {
    runs += 1
    return makeCase(ratios[runs - 1] ?? Number.NaN)
  }
  const { passed } = await runShort({ processors: 2, run }, recorded)
  return { passed, runs }
}

describe('runShort', () => {
  it('passes at once where the ratio is kept', async () => {
    expect(await judge(2.1)).to.deep.equal({ passed: true, runs: 1 })
  })

  it('runs once more where it is worse, and believes the second', async () => {
    expect(await judge(3, 2.1)).to.deep.equal({ passed: true, runs: 2 })
    expect(await judge(3, 3)).to.deep.equal({ passed: false, runs: 2 })
  })

  it('compares with the same work only', async () => {
    const error = await runShort({ processors: 2, run: async () => makeCase(2, 200) }, recorded).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(TypeError)
  })

  it('has something recorded for threads, for one thread and for verification', () => {
    const { ratios, processors } = readRecorded()
    expect(Object.keys(ratios)).to.deep.equal(['ferry', 'ferry, one thread', 'ferry + verify'])
    for (const ratio of Object.values(ratios)) expect(ratio).to.be.greaterThan(0)
    expect(processors).to.be.greaterThan(0)
  })
})
