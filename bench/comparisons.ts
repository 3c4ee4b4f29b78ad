import { cpuRatio, wallRatio } from './measure/rounds.ts'
import type { Spread } from './measure/statistics.ts'
import type { Result } from './results.ts'

/** One contestant against another of the same case, round by round. */
export interface Comparison {
  readonly name: string
  readonly of: string
  readonly against: string
  readonly ratio: Spread
  readonly cpuRatio: Spread | undefined
}

/** Which pairs say what a part of a run costs. */
const PAIRS: readonly Pick<Comparison, 'name' | 'of' | 'against'>[] = [
  { name: 'verification', of: 'ferry + verify', against: 'ferry' },
  { name: 'preflight', of: 'ferry + preflight', against: 'ferry' },
  { name: 'journal', of: 'ferry', against: 'ferry without journal' },
  { name: 'checkpoints every 5,000 rows', of: 'ferry, row by row', against: 'ferry, row by row, one commit' },
  { name: 'worker threads', of: 'ferry', against: 'ferry, one thread' },
]

/** Those of the pairs that took part. */
export function comparePairs(results: readonly Result[]): readonly Comparison[] {
  return PAIRS.flatMap((pair) => {
    const of = results.find(({ name }) => name === pair.of)
    const against = results.find(({ name }) => name === pair.against)
    if (of === undefined || against === undefined) return []
    return [{ ...pair, ratio: wallRatio(of.rounds, against.rounds), cpuRatio: cpuRatio(of.rounds, against.rounds) }]
  })
}
