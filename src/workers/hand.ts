import { releaseMemory } from '../core/release-memory.ts'
import { type ForecastingStep, forecastSlice, openForecasting } from './forecast-step.ts'
import { linkBatch } from './link-batch.ts'
import type { Answers, Done, Order, Question, Setup } from './messages.ts'
import { openPacking, type PackingStep, packBatch } from './pack-batch.ts'
import { openFound, sumFound } from './sum-found.ts'
import { openSumming, type SummingStep, sumSlice } from './sum-slice.ts'
import type { WorkerTools } from './worker-tools.ts'

/** Does what a run orders, in a thread of its own or in the run's. */
export interface Hand {
  /** What the orders from now on belong to. */
  set(setup: Setup): void
  /** Does one order. `left` for what cannot be done here, whatever the reason. */
  do(order: Order): Promise<Done>
  /** Gives back what the step at work was packed in: tens of MiB. */
  release(): void
}

/** `ask`: answers what a hand cannot know by itself. */
export function openHand(tools: Promise<WorkerTools>, ask: (question: Question) => Promise<Answers>): Hand {
  let packing: Promise<PackingStep> | undefined
  let summing: Promise<SummingStep> | undefined
  let forecasting: Promise<ForecastingStep> | undefined
  const replacePacking = (next: typeof packing) => {
    packing?.then(({ spare }) => spare?.splice(0).forEach(releaseMemory)).catch(() => undefined)
    packing = next
  }
  const pack = async (order: Extract<Order, { type: 'batch' }>['order']) => {
    const step = await packing
    return step && (step.compiled.step.kind === 'patch' ? linkBatch(step, order) : packBatch(step, order))
  }
  const done = async ({ type, order }: Order): Promise<Done | undefined> => {
    const { id } = order
    switch (type) {
      case 'batch': {
        const batch = await pack(order)
        return batch && { type: 'packed', id, batch }
      }
      case 'sum':
        return summing && { type: 'summed', id, sum: await sumSlice(await summing, order) }
      case 'forecast': {
        const slice = forecasting && (await forecastSlice(await forecasting, order))
        return slice && { type: 'forecast', id, slice }
      }
      case 'found':
        replacePacking(undefined)
        return { type: 'found summed', id, sum: await sumFound(await openFound(await tools, order), order) }
      case 'integrity': {
        const { dialect, openReader } = await tools
        return { type: 'checked', id, problems: await dialect.integrityCheck(await openReader(order.database), order.made) }
      }
      case 'fingerprint':
        return { type: 'fingerprinted', id, fingerprint: await (await tools).source.fingerprint() }
    }
  }
  return {
    set(setup) {
      const open = async <Step>(opened: (found: WorkerTools) => Promise<Step>): Promise<Step> => opened(await tools)
      if (setup.type === 'step') replacePacking(quiet(open((found) => openPacking(found, setup.setup, ask))))
      else if (setup.type === 'sum step') summing = quiet(open((found) => openSumming(found, setup.setup, ask)))
      else forecasting = quiet(open((found) => openForecasting(found, setup.setup, ask)))
    },
    // The run meets the same error when it does the work itself, and tells it in full.
    do: async (order) => (await done(order).catch(() => undefined)) ?? { type: 'left', id: order.order.id },
    release: () => replacePacking(undefined),
  }
}

/** A failure is told where it is awaited. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
