import type { ComparedStep } from './compared-table.ts'
import type { BegunSum } from './verify.ts'

/** Sums of the rows of steps, made by other threads while this one looks at the target. */
export interface SumsAhead<Sum> {
  /** The sum of a step's rows; undefined where this thread must make it. */
  take(step: ComparedStep): Promise<Sum | undefined>
  /** Ends what is under way. Idempotent. */
  stop(): Promise<void>
}

/** Begins with every step, so that the threads have work while this one is in a long statement, and takes one after the other. */
export async function sumAhead<Sum>(
  steps: readonly ComparedStep[],
  begin: (step: ComparedStep) => Promise<BegunSum<Sum> | undefined>,
  given: AbortSignal | undefined,
): Promise<SumsAhead<Sum>> {
  const stopped = new AbortController()
  const signal = given === undefined ? stopped.signal : AbortSignal.any([given, stopped.signal])
  const begun = new Map<ComparedStep, BegunSum<Sum> | undefined>()
  for (const step of steps) begun.set(step, await begin(step))
  const sums = new Map<ComparedStep, Promise<Sum | undefined>>()
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
