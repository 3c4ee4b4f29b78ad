import { RowSum, type RowSumParts } from '../core/row-sum.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { orderSteps } from '../definition/order-steps.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import { compileExpectedRows, type MakeExpectedRows } from '../transform/expected-rows.ts'
import type { Resolver } from '../transform/pipeline.ts'
import { openRowHash, type RowHasher } from '../transform/row-hash.ts'
import { codecsOf } from '../transform/stored-codecs.ts'
import type { Answers, Question, SliceOrder, SumSetup } from './messages.ts'
import { readSlice } from './read-slice.ts'
import { createWorkerResolver } from './worker-resolver.ts'
import type { WorkerTools } from './worker-tools.ts'

/** What a worker holds of a step whose rows it adds up. */
export interface SummingStep {
  readonly mapping: ResolvedMapping
  readonly source: SourceAdapter
  readonly makeRows: MakeExpectedRows
  readonly hashRow: RowHasher
  readonly resolver: Resolver
}

/** Compiles a step that is done, as it was stored. */
export async function openSumming(
  { transfer, source, dialect }: WorkerTools,
  setup: SumSetup,
  ask: (question: Question) => Promise<Answers>,
): Promise<SummingStep> {
  const { tables, load, refused, parents } = setup
  const makeRows = compileExpectedRows(setup, { transfer, order: orderSteps(transfer, tables), tables, dialect }, refused)
  const mapping = transfer.mappings.find(({ name }) => name === load.mapping)
  const table = tables.get(load.table)
  const codecs = table === undefined ? undefined : codecsOf(load, table, dialect)
  if (makeRows === undefined || mapping === undefined || codecs === undefined) throw new RangeError('the step does not fit the definition')
  const hasherFor = await openRowHash()
  const resolver = createWorkerResolver({ transfer, tables, dialect, parents, hasherFor, ask })
  return { mapping, source, makeRows, hashRow: hasherFor(codecs), resolver }
}

/** The sum of the rows that a step should have written of some records. @throws what source and transform throw */
export async function sumSlice(step: SummingStep, order: SliceOrder): Promise<RowSumParts> {
  const sum = new RowSum()
  for await (const items of readSlice(step, order)) {
    for (const row of await step.makeRows(items, step.resolver)) sum.add(step.hashRow(row))
  }
  return sum.parts()
}
