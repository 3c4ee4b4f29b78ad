import type { Outcome } from '../contestants/contestant.ts'
import { ratioOf, type Spread } from './statistics.ts'

/** What one contestant did in one round. */
export interface Round {
  readonly wallMs: number
  readonly peakRssBytes: number
  readonly outcome: Outcome | undefined
}

/** Of whole processes. */
export function wallRatio(rounds: readonly Round[], base: readonly Round[]): Spread {
  return ratioOf(
    rounds.map(({ wallMs }) => wallMs),
    base.map(({ wallMs }) => wallMs),
  )
}

/** Of user and system time; undefined where one of them does not tell. */
export function cpuRatio(rounds: readonly Round[], base: readonly Round[]): Spread | undefined {
  const [ours, theirs] = [cpuOf(rounds), cpuOf(base)]
  return ours === undefined || theirs === undefined ? undefined : ratioOf(ours, theirs)
}

function cpuOf(rounds: readonly Round[]): readonly number[] | undefined {
  const spent = rounds.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome.userMs + outcome.systemMs]))
  return spent.length === rounds.length && spent.length > 0 ? spent : undefined
}
