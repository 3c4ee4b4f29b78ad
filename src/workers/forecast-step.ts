import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import { openCheckQuestions } from '../preflight/check-expressions.ts'
import { type ForecastSlice, openSlicer, type SliceForecast } from '../preflight/forecast-slice.ts'
import type { Pipeline, Resolver } from '../transform/pipeline.ts'
import { openRowHash } from '../transform/row-hash.ts'
import type { Answers, ForecastSetup, Question, SliceOrder } from './messages.ts'
import { readSlice } from './read-slice.ts'
import { createWorkerResolver } from './worker-resolver.ts'
import type { WorkerTools } from './worker-tools.ts'

/** What a worker holds of a step that it forecasts. */
export interface ForecastingStep {
  readonly mapping: ResolvedMapping
  readonly source: SourceAdapter
  readonly pipeline: Pipeline
  readonly resolver: Resolver
  openSlice(): SliceForecast
}

/** Compiles the step that the forecast is at. */
export async function openForecasting(
  { transfer, source, dialect, compile, openReader }: WorkerTools,
  setup: ForecastSetup,
  ask: (question: Question) => Promise<Answers>,
): Promise<ForecastingStep> {
  const { number, tables, idBases, parents, identityPlaces, database } = setup
  const compiled = await compile({ number, tables, idBases })
  const { mapping, pipeline, table, step } = compiled
  const hasherFor = await openRowHash()
  const checks = database === undefined ? undefined : await openCheckQuestions(await openReader(database), table, step.columns)
  return {
    mapping,
    source,
    pipeline,
    resolver: createWorkerResolver({ transfer, tables, dialect, parents, hasherFor, ask }),
    openSlice: openSlicer({ compiled, dialect, hasherFor, identityPlaces, checks }),
  }
}

/** What some records would be; undefined where the run must look at them itself. @throws what source and transform throw */
export async function forecastSlice(step: ForecastingStep, order: SliceOrder): Promise<ForecastSlice | undefined> {
  const slice = step.openSlice()
  for await (const items of readSlice(step, order)) {
    if (!(await slice.add(await step.pipeline.transform(items, step.resolver)))) return undefined
  }
  return slice.result()
}
