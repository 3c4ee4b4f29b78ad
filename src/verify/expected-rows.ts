import { FerryError } from '../core/errors.ts'
import { START } from '../core/position.ts'
import type { Row } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { readBatches } from '../extract/read-batches.ts'
import { listRejects } from '../state/rejects.ts'
import type { StepState } from '../state/steps.ts'
import type { Session } from '../target/target.ts'
import { compilePipeline, type Pipeline, type Resolver } from '../transform/pipeline.ts'
import type { ComparedStep } from './compared-table.ts'
import type { VerifyOptions } from './verify.ts'

export interface ExpectedOptions {
  readonly options: VerifyOptions
  readonly source: SourceAdapter
  readonly resolver: Resolver
}

/**
 * The rows a step should have written, from the source through the very pipeline that loaded them, batch by batch: in the order of `load.columns`,
 * links of the patch step filled in, without what the table or the patch refused.
 */
export async function* expectedRows(step: ComparedStep, { options, source, resolver }: ExpectedOptions): AsyncGenerator<readonly Row[]> {
  const { transfer, session, signal } = options
  const mapping = transfer.mappings.find(({ name }) => name === step.load.mapping)
  if (mapping === undefined) throw changed(step.load)
  const load = compileStep(options, step.load)
  const patch = step.patch === undefined ? undefined : compileStep(options, step.patch)
  const refused = await readRefused(session, step.load)
  const unlinked = step.patch === undefined ? new Set<number>() : await readRefused(session, step.patch)
  const places = step.load.columns.map((column) => load.step.columns.indexOf(column))
  const batches = readBatches(source, {
    collection: mapping.from,
    each: mapping.each,
    after: START,
    batchRows: transfer.batchRows,
    batchBytes: transfer.batchBytes,
    ...(signal === undefined ? {} : { signal }),
  })
  const isPlain =
    patch === undefined && refused.size === 0 && places.length === load.step.columns.length && places.every((place, at) => place === at)
  for await (const { items } of batches) {
    signal?.throwIfAborted()
    const { rows } = await load.transform(items, resolver)
    if (isPlain) {
      yield rows.map(({ row }) => row)
      continue
    }
    const links = patch === undefined ? undefined : linksByOrdinal(step, await patch.transform(items, resolver))
    yield rows
      .filter(({ item }) => !refused.has(item.ordinal))
      .map(({ row, item }) => {
        const whole = places.map((place) => row[place] ?? null)
        const link = unlinked.has(item.ordinal) ? undefined : links?.get(item.ordinal)
        for (const [at, place] of step.patchedPlaces.entries()) whole[place] = link?.[at] ?? null
        return whole
      })
  }
}

function linksByOrdinal(step: ComparedStep, patched: Awaited<ReturnType<Pipeline['transform']>>): ReadonlyMap<number, Row> {
  const width = step.load.primaryKey.length
  return new Map(patched.rows.map(({ row, item }) => [item.ordinal, row.slice(width)]))
}

function compileStep({ transfer, order, tables, target }: VerifyOptions, state: StepState): Pipeline {
  const step = order.steps.find(({ kind, mapping }) => kind === state.kind && mapping === state.mapping)
  if (step === undefined) throw changed(state)
  return compilePipeline({ transfer, step, tables, dialect: target.dialect, idBase: state.idBase })
}

function changed(state: StepState): FerryError {
  return new FerryError('FERRY_RUN_CHANGED_DEFINITION', `the definition has no ${state.kind} step of ${state.mapping} any more`, {
    hint: 'Verify with the definition that the run was made with, or leave the source out: the journal is compared then.',
  })
}

/** Codes of the rejects that a table makes; those of the transform come out again when it runs again. */
const TABLE_CODES = new Set(['UNIQUE', 'PRIMARY_KEY', 'FOREIGN_KEY', 'NOT_NULL', 'CHECK', 'TRIGGER', 'VALUE', 'CONSTRAINT'])

/** Ordinals of items that became rows and were refused by the table, or by the patch. */
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
