import { FerryError } from '../core/errors.ts'
import { START } from '../core/position.ts'
import type { Row } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { readBatches } from '../extract/read-batches.ts'
import type { SharedParents } from '../state/parent-census.ts'
import { listRejects } from '../state/rejects.ts'
import type { StepState } from '../state/steps.ts'
import type { Session } from '../target/target.ts'
import { compileExpectedRows, type RefusedItems } from '../transform/expected-rows.ts'
import type { Resolver } from '../transform/pipeline.ts'
import type { ComparedStep } from './compared-table.ts'
import type { VerifyOptions } from './verify.ts'

export interface ExpectedOptions {
  readonly options: VerifyOptions
  readonly source: SourceAdapter
  readonly resolver: Resolver
  /** Primary keys of mappings that are referred to, for other threads. */
  readonly parents: ReadonlyMap<string, SharedParents>
}

/** The rows a step should have written, from the source through the very pipeline that loaded them, batch by batch, in the order of `load.columns`. */
export async function* expectedRows(step: ComparedStep, { options, source, resolver }: ExpectedOptions): AsyncGenerator<readonly Row[]> {
  const { transfer, session, signal } = options
  const mapping = transfer.mappings.find(({ name }) => name === step.load.mapping)
  if (mapping === undefined) throw changed(step.load)
  const { order, tables, target } = options
  const makeRows = compileExpectedRows(step, { transfer, order, tables, dialect: target.dialect }, await readRefusedItems(session, step))
  if (makeRows === undefined) throw changed(step.load)
  const batches = readBatches(source, {
    collection: mapping.from,
    each: mapping.each,
    after: START,
    batchRows: transfer.batchRows,
    batchBytes: transfer.batchBytes,
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const { items } of batches) {
    signal?.throwIfAborted()
    yield await makeRows(items, resolver)
  }
}

function changed(state: StepState): FerryError {
  return new FerryError('FERRY_RUN_CHANGED_DEFINITION', `the definition has not the steps of ${state.mapping} any more that the run had`, {
    hint: 'Verify with the definition that the run was made with, or leave the source out: the journal is compared then.',
  })
}

/** Codes of the rejects that a table makes; those of the transform come out again when it runs again. */
const TABLE_CODES = new Set(['UNIQUE', 'PRIMARY_KEY', 'FOREIGN_KEY', 'NOT_NULL', 'CHECK', 'TRIGGER', 'VALUE', 'CONSTRAINT'])

/** Items of a load step that became rows, or links, and were refused by the table. */
export async function readRefusedItems(session: Session, { load, patch }: ComparedStep): Promise<RefusedItems> {
  return { rows: await readRefused(session, load), links: patch === undefined ? new Set() : await readRefused(session, patch) }
}

async function readRefused(session: Session, state: StepState): Promise<ReadonlySet<number>> {
  const ordinals = new Set<number>()
  if (state.counts.rejected === 0 && state.counts.budgeted === 0) return ordinals
  const limit = 1000
  let afterId = 0
  for (;;) {
    const page = await listRejects(session, state.runId, { mapping: state.mapping, afterId, limit })
    for (const reject of page) if (reject.step === state.number && TABLE_CODES.has(reject.code)) ordinals.add(reject.ordinal)
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return ordinals
    afterId = last.id
  }
}
