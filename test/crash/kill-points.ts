import type { KillPlan } from './killing-target.ts'

const WHEN: readonly KillPlan['when'][] = ['before', 'inside', 'after']

/** What a killed process was about to do; `what` names the statement. */
export interface KillPoint extends KillPlan {
  readonly what: string
}

/**
 * `count` points of an unbroken run, of which `trace` names each call in order: first every kind of call before, inside and after itself
 * (the middle one of its kind), then others at even distances.
 */
export function chooseKillPoints(trace: readonly string[], count: number): readonly KillPoint[] {
  const kinds = [...new Set(trace)].map((kind) => middleOf(trace, kind))
  const each = kinds.flatMap((at) => WHEN.map((when) => ({ at, when })))
  const evenly = Array.from({ length: count }, (_, n) => ({
    at: 1 + Math.floor((n * trace.length) / count),
    when: WHEN[n % WHEN.length] ?? 'after',
  }))
  const chosen = each.length > count ? everyNth(each, count) : [...each, ...evenly.slice(0, count - each.length)]
  return chosen.map((plan) => ({ ...plan, what: `${plan.when} ${trace[plan.at - 1]}` }))
}

/** Number, from 1, of the middle one of the calls of a kind. */
function middleOf(trace: readonly string[], kind: string): number {
  const calls = trace.flatMap((name, at) => (name === kind ? [at + 1] : []))
  return calls[calls.length >> 1] ?? 1
}

function everyNth<T>(list: readonly T[], count: number): readonly T[] {
  return list.filter((_, at) => Math.floor((at * count) / list.length) !== Math.floor(((at - 1) * count) / list.length))
}
