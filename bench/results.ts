import type { Outcome } from './contestants/contestant.ts'
import type { Contestant } from './contestants.ts'
import { ratioOf, type Spread, spreadOf } from './measure/statistics.ts'

/** What one contestant did in one round. */
export interface Round {
  readonly wallMs: number
  readonly peakRssBytes: number
  readonly outcome: Outcome | undefined
}

/** One line of the table. Ratios are of whole processes against the first contestant of the engine. */
export interface Result {
  readonly name: string
  readonly engine: string
  readonly what: string
  readonly rounds: readonly Round[]
  readonly ratio: Spread
  /** Of user and system time; undefined where a process does not tell. */
  readonly cpuRatio: Spread | undefined
  readonly wallMs: Spread
  readonly rowsPerSecond: number
  readonly peakRssBytes: number
}

export interface BenchResults {
  readonly sessions: number
  readonly bytes: number
  readonly rounds: number
  readonly startedAt: string
  readonly machine: string
  readonly results: readonly Result[]
}

/** Makes the lines of one engine; the first contestant is what the others are measured against. */
export function summarize(
  entries: readonly { readonly contestant: Contestant; readonly rounds: readonly Round[] }[],
  rows: number,
): readonly Result[] {
  const base = entries[0]?.rounds ?? []
  return entries.map(({ contestant, rounds }) => {
    const wall = spreadOf(rounds.map(({ wallMs }) => wallMs))
    return {
      name: contestant.name,
      engine: contestant.engine,
      what: contestant.what,
      rounds,
      ratio: ratioOf(
        rounds.map(({ wallMs }) => wallMs),
        base.map(({ wallMs }) => wallMs),
      ),
      cpuRatio: cpuOf(rounds) && cpuOf(base) ? ratioOf(cpuOf(rounds) ?? [], cpuOf(base) ?? []) : undefined,
      wallMs: wall,
      rowsPerSecond: (rows * 1000) / wall.median,
      peakRssBytes: Math.max(...rounds.map(({ peakRssBytes, outcome }) => outcome?.maxRssBytes ?? peakRssBytes)),
    }
  })
}

function cpuOf(rounds: readonly Round[]): readonly number[] | undefined {
  const spent = rounds.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome.userMs + outcome.systemMs]))
  return spent.length === rounds.length && spent.length > 0 ? spent : undefined
}
