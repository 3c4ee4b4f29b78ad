import { spreadOf } from './measure/statistics.ts'
import type { Case, Result } from './results.ts'

/** What becomes of one contestant's figures where a workload grows. */
export interface Growth {
  readonly engine: string
  readonly workload: string
  readonly contestant: string
  readonly from: number
  readonly to: number
  /** How many times the rows, and how many times the median of the time. */
  readonly rows: number
  readonly time: number
  /** The same of user and system time, which others on the machine change less; undefined where a process does not tell. */
  readonly cpu: number | undefined
  readonly peakFromBytes: number
  readonly peakToBytes: number
}

/** Each size of a workload against the next smaller one. */
export function listGrowth(cases: readonly Case[]): readonly Growth[] {
  const sorted = [...cases].sort((a, b) => a.records - b.records)
  return sorted.flatMap((larger, at) => {
    const smaller = sorted
      .slice(0, at)
      .findLast(({ workload, engine, records }) => workload === larger.workload && engine === larger.engine && records < larger.records)
    if (smaller === undefined) return []
    return larger.results.flatMap((result) => {
      const before = smaller.results.find(({ name }) => name === result.name)
      if (before === undefined) return []
      return [
        {
          engine: larger.engine,
          workload: larger.workload,
          contestant: result.name,
          from: smaller.records,
          to: larger.records,
          rows: larger.rows / smaller.rows,
          cpu: cpuOf(result) / cpuOf(before) || undefined,
          time: result.wallMs.median / before.wallMs.median,
          peakFromBytes: before.peakRssBytes,
          peakToBytes: result.peakRssBytes,
        },
      ]
    })
  })
}

/** NaN where there is none. */
function cpuOf({ rounds }: Result): number {
  const spent = rounds.map(({ outcome }) => (outcome === undefined ? Number.NaN : outcome.userMs + outcome.systemMs))
  return spent.length === 0 ? Number.NaN : spreadOf(spent).median
}
