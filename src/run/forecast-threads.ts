import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { type BatchOutline, cutBatches } from '../extract/cut-batches.ts'
import type { StepContext } from '../preflight/forecast-context.ts'
import type { AheadSlice, ForecastThreads } from '../preflight/forecast-slice.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { Target } from '../target/target.ts'
import type { AnswerQuestion, Workers } from '../workers/open-workers.ts'
import { readSlice } from '../workers/read-slice.ts'
import { answerQuestion } from './answer-question.ts'
import { earlierParents } from './earlier-parents.ts'
import { holdsMany, mayPack, type RunWorkers } from './run-workers.ts'
import { sharedFile } from './shared-file.ts'

/** Records a worker forecasts at once: one that is out of the ordinary costs the others their second look. */
const SLICE_ROWS = 2000

export interface ForecastingPlace {
  readonly workers: RunWorkers
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter
  readonly target: Target
  readonly idBases: ReadonlyMap<string, bigint>
  readonly signal: AbortSignal
}

/** Lets the run's threads read and transform a step's records for the forecast; what depends on the rows before is left to this one. */
export function createForecastThreads(place: ForecastingPlace): ForecastThreads {
  const { workers, transfer, source, target, idBases, signal } = place
  return {
    async begin(context, needs) {
      const { step, mapping, tables, identityPlaces, resolver } = context
      if (!workers.possible || !mayPack(mapping)) return undefined
      const database = needs.checks ? readableFile(target) : undefined
      if (needs.checks && database === undefined) return undefined
      const parents = (await holdsMany(source, mapping.from, workers.fromItems)) ? shareParents(context) : undefined
      const threads = parents === undefined ? undefined : workers.open()
      if (parents === undefined || threads === undefined) return undefined
      const base = idBases.get(mapping.name) ?? 1n
      threads.setForecast({ number: step.number, tables, idBases: new Map([[mapping.name, base]]), parents, identityPlaces, database })
      return {
        async *from(after) {
          const pages = await source.outline?.(mapping.from, after.cursor === null ? { signal } : { after: after.cursor, signal })
          if (pages === undefined) throw new RangeError('a source that had an outline has none')
          const outlines = cutBatches(pages, {
            after,
            batchRows: Math.min(SLICE_ROWS, transfer.batchRows),
            batchBytes: transfer.batchBytes,
            endsWithPage: true,
          })
          yield* forecastAhead(outlines, { threads, context, source, answer: (question) => answerQuestion(resolver, question) })
        },
      }
    },
  }
}

/** A database file that a thread can open a connection of its own to. */
function readableFile(target: Target): string | undefined {
  return target.dialect.openReader === undefined ? undefined : sharedFile(target)
}

/** What the step's rows refer to; undefined where not all of it can be seen by other threads. */
function shareParents({ step, mapping, order, transfer, resolver }: StepContext): ReadonlyMap<string, SharedParents> | undefined {
  const parents = earlierParents(step, mapping, { order, mappings: transfer.mappings })
  if (parents === undefined) return undefined
  const shared = new Map<string, SharedParents>()
  for (const name of parents) {
    const found = resolver.shareParents(name)
    if (found === undefined) return undefined
    shared.set(name, found)
  }
  return shared
}

interface Ahead {
  readonly threads: Workers
  readonly context: StepContext
  readonly source: SourceAdapter
  readonly answer: AnswerQuestion
}

async function* forecastAhead(
  outlines: AsyncGenerator<BatchOutline>,
  { threads, context, source, answer }: Ahead,
): AsyncGenerator<AheadSlice> {
  const ordered: { readonly id: number; readonly outline: BatchOutline }[] = []
  const orderNext = async () => {
    const next = await outlines.next()
    if (next.done !== true) ordered.push({ id: threads.orderForecast(next.value), outline: next.value })
  }
  try {
    for (let waiting = 0; waiting < threads.ahead.forecast; waiting += 1) await orderNext()
    for (let next = ordered.shift(); next !== undefined; next = ordered.shift()) {
      const { id, outline } = next
      const found = await threads.takeForecast(id, answer)
      await orderNext()
      const { start, rows } = outline
      yield {
        found,
        firstOrdinal: start.ordinal,
        read: (ordinal) => readSlice({ mapping: context.mapping, source }, { id, rows, start: { ...start, ordinal } }),
      }
    }
  } finally {
    await outlines.return(undefined)
  }
}
