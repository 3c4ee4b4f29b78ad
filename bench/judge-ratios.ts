/** What a short bench is compared with: medians of ratios against the floor of the same round. */
export interface Recorded {
  readonly workload: string
  readonly records: number
  /** Of the machine they were taken on. */
  readonly processors: number
  readonly node: string
  readonly ratios: Readonly<Record<string, number>>
}

export interface Judgement {
  readonly name: string
  readonly recorded: number
  /** undefined: it did not take part. */
  readonly measured: number | undefined
  /** `apart`: runs with worker threads say nothing of the code where there are fewer processors than recorded with. */
  readonly verdict: 'kept' | 'worse' | 'apart'
}

/** A ratio may be that many times the recorded one. */
export const ALLOWED = 1.3
const ONE_THREAD = 'ferry, one thread'

/** One judgement a recorded ratio. What did not take part is worse. */
export function judgeRatios(measured: Readonly<Record<string, number>>, recorded: Recorded, processors: number): readonly Judgement[] {
  return Object.entries(recorded.ratios).map(([name, ratio]) => {
    const found = Object.hasOwn(measured, name) ? measured[name] : undefined
    const about = { name, recorded: ratio, measured: found }
    if (processors < recorded.processors && name !== ONE_THREAD) return { ...about, verdict: 'apart' as const }
    return { ...about, verdict: found !== undefined && found <= ratio * ALLOWED ? ('kept' as const) : ('worse' as const) }
  })
}
