import { START } from '../core/position.ts'
import { RowSum } from '../core/row-sum.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { cutBatches } from '../extract/cut-batches.ts'
import type { TableInfo } from '../target/target.ts'
import type { StepToSum, SumThreads } from '../verify/verify.ts'
import { answerQuestion } from './answer-question.ts'
import { ifMany } from './many-outlines.ts'
import type { RunWorkers } from './run-workers.ts'

/** Records a worker adds up at once. */
const SLICE_ROWS = 5000
/** Slices a worker has waiting while this thread is in the middle of a statement. */
const SLICES_AHEAD = 128

export interface SummingPlace {
  readonly workers: RunWorkers
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter | undefined
  readonly tables: ReadonlyMap<string, TableInfo>
}

/** Lets the run's threads make the sums that verification compares tables with. */
export function createSumThreads({ workers, transfer, source, tables }: SummingPlace): SumThreads {
  return {
    async begin({ resolver, ...step }: StepToSum) {
      const mapping = transfer.mappings.find(({ name }) => name === step.load.mapping)
      // Nobody knows the number of elements of lists before they are read.
      if (!workers.possible || mapping === undefined || mapping.each.length > 0) return undefined
      const outlined = await source?.outline?.(mapping.from, {})
      const pages = outlined && (await ifMany(outlined, workers.fromItems))
      const slices = pages && cutBatches(pages, { after: START, batchRows: SLICE_ROWS, batchBytes: transfer.batchBytes })
      const threads = slices && workers.open()
      if (slices === undefined || threads === undefined) return undefined
      threads.setSum({ tables, ...step })
      const ordered: number[] = []
      const orderNext = async () => {
        const next = await slices.next()
        if (next.done !== true) ordered.push(threads.orderSum(next.value))
      }
      for (let waiting = 0; waiting < SLICES_AHEAD * threads.count; waiting += 1) await orderNext()
      return {
        async finish(signal: AbortSignal) {
          const sum = new RowSum()
          let complete = true
          for (let next = ordered.shift(); next !== undefined; next = ordered.shift()) {
            signal.throwIfAborted()
            const parts = await threads.takeSum(next, (question) => answerQuestion(resolver, question))
            if (parts === undefined) complete = false
            else sum.merge(parts)
            if (complete) await orderNext()
          }
          return complete ? sum : undefined
        },
      }
    },
  }
}
