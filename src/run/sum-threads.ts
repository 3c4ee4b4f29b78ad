import { START } from '../core/position.ts'
import { RowSum } from '../core/row-sum.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { cutBatches } from '../extract/cut-batches.ts'
import { cutTable, recordsAtOnce } from '../target/table-rows.ts'
import type { TableInfo, Target } from '../target/target.ts'
import { JournalSums } from '../transform/journal-hashes.ts'
import { codecsOf } from '../transform/stored-codecs.ts'
import type { BegunSum, FoundToSum, StepToSum, SumThreads } from '../verify/verify.ts'
import { leaveParts } from '../workers/sum-found.ts'
import { answerQuestion } from './answer-question.ts'
import { ifMany } from './many-outlines.ts'
import { mayPack, type RunWorkers } from './run-workers.ts'
import { sharedFile } from './shared-file.ts'

/** Records a worker adds up at once. */
const SLICE_ROWS = 5000

export interface SummingPlace {
  readonly workers: RunWorkers
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter | undefined
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly target: Target
}

/** Lets the run's threads make the sums that verification compares. */
export function createSumThreads(place: SummingPlace): SumThreads {
  return {
    begin: (step) => beginExpected(place, step),
    beginFound: (step) => beginFound(place, step),
    beginIntegrity: (rows, made) => beginIntegrity(place, rows, made),
  }
}

async function beginExpected(
  { workers, transfer, source, tables }: SummingPlace,
  { resolver, ...step }: StepToSum,
): Promise<BegunSum<RowSum> | undefined> {
  const mapping = transfer.mappings.find(({ name }) => name === step.load.mapping)
  if (!workers.possible || mapping === undefined) return undefined
  // Elements of lists are not counted before they are read, and items that were refused are known by their numbers.
  const isCounted = mapping.each.length === 0 || (mayPack(mapping) && step.refused.rows.size + step.refused.links.size === 0)
  if (!isCounted) return undefined
  const outlined = await source?.outline?.(mapping.from, {})
  const pages = outlined && (await ifMany(outlined, workers.fromItems))
  const slices = pages && cutBatches(pages, { after: START, batchRows: SLICE_ROWS, batchBytes: transfer.batchBytes })
  const threads = slices && workers.open()
  if (slices === undefined || threads === undefined) return undefined
  const { load, patch, patchedPlaces, refused, parents } = step
  threads.setSum({ tables, load, patch, patchedPlaces, refused, parents })
  const ordered: number[] = []
  const orderNext = async () => {
    const next = await slices.next()
    if (next.done !== true) ordered.push(threads.orderSum(next.value))
  }
  for (let waiting = 0; waiting < threads.ahead.sum; waiting += 1) await orderNext()
  return {
    async finish(signal) {
      const sum = new RowSum()
      let complete = true
      try {
        for (let next = ordered.shift(); next !== undefined; next = ordered.shift()) {
          signal.throwIfAborted()
          const parts = await threads.takeSum(next, (question) => answerQuestion(resolver, question))
          if (parts === undefined) complete = false
          else sum.merge(parts)
          if (complete) await orderNext()
        }
      } finally {
        await slices.return(undefined)
      }
      return complete ? sum : undefined
    },
  }
}

function beginIntegrity(
  { workers, target }: SummingPlace,
  rows: number,
  made: ReadonlySet<string>,
): BegunSum<readonly string[]> | undefined {
  const file = sharedFile(target)
  if (file === undefined || !workers.possible || rows < workers.fromItems) return undefined
  const threads = workers.open()
  const id = threads?.orderIntegrity({ database: file, made })
  return threads === undefined || id === undefined ? undefined : { finish: () => threads.takeIntegrity(id) }
}

async function beginFound({ workers, target }: SummingPlace, step: FoundToSum): Promise<BegunSum<JournalSums> | undefined> {
  const { load, patch, patchedPlaces, table, session } = step
  const file = sharedFile(target)
  if (file === undefined || !workers.possible || load.counts.inserted < workers.fromItems) return undefined
  const parts = await cutTable(session, table, load.counts.inserted)
  const threads = parts && workers.open()
  if (parts === undefined || threads === undefined) return undefined
  // A record holds the links too, which the journal keeps apart.
  const codecs = patch === undefined ? codecsOf(load, table, target.dialect) : undefined
  const rowsAtOnce = codecs && (await recordsAtOnce(session, table, codecs))
  const taken = new Uint32Array(new SharedArrayBuffer(Uint32Array.BYTES_PER_ELEMENT))
  const ordered = threads.orderFound({ database: file, table, rowsAtOnce, load, patch, patchedPlaces, parts, taken })
  return {
    async finish(signal) {
      const stop = () => leaveParts(parts, taken)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      const sums = new JournalSums()
      let complete = true
      for (const id of ordered) {
        const found = await threads.takeFound(id)
        if (found === undefined) complete = false
        else {
          sums.load.merge(found.load)
          sums.patch.merge(found.patch)
        }
      }
      signal.removeEventListener('abort', stop)
      signal.throwIfAborted()
      return complete ? sums : undefined
    },
  }
}
