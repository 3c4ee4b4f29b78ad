import type { EngineName } from './beds/bed.ts'
import { type Comparison, comparePairs } from './comparisons.ts'
import type { Contestant } from './contestants/list-contestants.ts'
import type { CommandCost } from './measure/measure-commands.ts'
import { cpuRatio, type Round, wallRatio } from './measure/rounds.ts'
import { type Spread, spreadOf } from './measure/statistics.ts'

/** One line of a table. Ratios are of whole processes against the first contestant of the case. */
export interface Result {
  readonly name: string
  readonly what: string
  readonly rounds: readonly Round[]
  readonly ratio: Spread
  /** Of user and system time; undefined where a process does not tell. */
  readonly cpuRatio: Spread | undefined
  readonly wallMs: Spread
  readonly rowsPerSecond: number
  readonly peakRssBytes: number
}

/** One workload of one size on one engine. */
export interface Case {
  readonly workload: string
  /** What its records are. */
  readonly title: string
  readonly engine: EngineName
  readonly records: number
  /** Of all tables. */
  readonly rows: number
  /** Of the source. */
  readonly bytes: number
  readonly results: readonly Result[]
  /** What a part of a run costs: two contestants of this case, round by round. */
  readonly comparisons: readonly Comparison[]
}

export interface BenchResults {
  readonly rounds: number
  readonly startedAt: string
  readonly machine: string
  readonly processors: number
  readonly cases: readonly Case[]
  readonly commands: readonly CommandCost[]
  /** A sentence for each that could not be measured here. */
  readonly leftOut: readonly string[]
}

export interface Entry {
  readonly contestant: Contestant
  readonly rounds: readonly Round[]
}

/** The lines of one case; the first contestant is what the others are measured against. */
export function summarize(about: Omit<Case, 'results' | 'comparisons'>, entries: readonly Entry[]): Case {
  const base = entries[0]?.rounds ?? []
  const results = entries.map(({ contestant, rounds }) => {
    const wall = spreadOf(rounds.map(({ wallMs }) => wallMs))
    return {
      name: contestant.name,
      what: contestant.what,
      rounds,
      ratio: wallRatio(rounds, base),
      cpuRatio: cpuRatio(rounds, base),
      wallMs: wall,
      rowsPerSecond: (about.rows * 1000) / wall.median,
      peakRssBytes: Math.max(...rounds.map(({ peakRssBytes, outcome }) => outcome?.maxRssBytes ?? peakRssBytes)),
    }
  })
  return { ...about, results, comparisons: comparePairs(results) }
}
