import type { RowSum } from '../core/row-sum.ts'
import type { ComparedStep } from './compared-table.ts'
import { type ExpectedOptions, readRefusedItems } from './expected-rows.ts'
import type { BegunSum } from './verify.ts'

/** Sums of expected rows, made by other threads while this one looks at the target. */
export interface SumsAhead {
  /** The sum of a step's expected rows; undefined where this thread must make it. */
  take(step: ComparedStep): Promise<RowSum | undefined>
  /** Ends what is under way. Idempotent. */
  stop(): Promise<void>
}

/** Begins with every step, so that the threads have work while this one is in a long statement, and takes one after the other. */
export async function sumAhead(steps: readonly ComparedStep[], expected: Omit<ExpectedOptions, 'ahead'>): Promise<SumsAhead> {
  const stopped = new AbortController()
  const { signal: given } = expected.options
  const signal = given === undefined ? stopped.signal : AbortSignal.any([given, stopped.signal])
  const begun = new Map<ComparedStep, BegunSum | undefined>()
  for (const step of steps) begun.set(step, await beginSum(step, expected))
  const sums = new Map<ComparedStep, Promise<RowSum | undefined>>()
  let before: Promise<unknown> = Promise.resolve()
  for (const [step, sum] of begun) {
    const made = before.then(() => sum?.finish(signal))
    // Whoever takes the sum meets its error.
    before = made.catch(() => undefined)
    sums.set(step, made)
  }
  return {
    take: async (step) => sums.get(step),
    async stop() {
      stopped.abort()
      await before
    },
  }
}

async function beginSum(step: ComparedStep, expected: Omit<ExpectedOptions, 'ahead'>): Promise<BegunSum | undefined> {
  const { options, parents, resolver } = expected
  const { load, patch, patchedPlaces } = step
  if (options.sumThreads === undefined) return undefined
  return options.sumThreads.begin({ load, patch, patchedPlaces, refused: await readRefusedItems(options.session, step), resolver, parents })
}
