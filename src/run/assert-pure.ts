import { FerryError } from '../core/errors.ts'
import { readBatches } from '../extract/read-batches.ts'
import { readJournalEntry } from '../state/journal.ts'
import { createResolver } from '../state/resolver.ts'
import { renderRow } from '../state/row-text.ts'
import type { StepState } from '../state/steps.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { OpenRun } from './open-run.ts'

/**
 * Transforms the last committed batch again and compares with what the journal says was written. Catches what no hash of the definition can:
 * changed functions, libraries, time zones. Upserted and skipped rows depend on the table, so only inserted rows are compared.
 * @throws FERRY_RUN_NOT_PURE
 */
export async function assertPure(open: OpenRun, work: StepToRepeat): Promise<void> {
  const { differing, rows } = await lookAtPurity(open, work)
  if (differing === 0) return
  throw new FerryError(
    'FERRY_RUN_NOT_PURE',
    `${work.compiled.mapping.name}: the last batch gives ${differing} of ${rows} rows differently than when it was written`,
    {
      hint: 'A function of the definition, a library or a time zone changed. Put it back and `ferry resume`, or `ferry rollback` and start again.',
    },
  )
}

export interface StepToRepeat {
  readonly compiled: CompiledStep
  readonly prepared: PreparedSteps
  readonly state: StepState
}

/** Rows of the last batch, or of its first `most` items, and how many of them come out otherwise. */
export async function lookAtPurity(
  open: OpenRun,
  { compiled, prepared, state, most = Number.POSITIVE_INFINITY }: StepToRepeat & { readonly most?: number },
): Promise<{ readonly differing: number; readonly rows: number }> {
  const from = state.position.batchStart
  if (state.batches === 0 || from === undefined || state.kind === 'patch') return { differing: 0, rows: 0 }
  const entry = await readJournalEntry(open.session, open.run.id, state.number, state.batches)
  if (entry === undefined || entry.rows.length === 0) return { differing: 0, rows: 0 }
  const wanted = new Map(entry.rows.map(({ pk, hash }, place) => [renderRow(pk), { hash, place }]))
  const items = state.position.ordinal - from.ordinal
  const reader = readBatches(open.place.source, {
    collection: compiled.mapping.from,
    each: compiled.mapping.each,
    after: from,
    batchRows: Math.min(items, most),
    batchBytes: Number.MAX_SAFE_INTEGER,
    signal: open.place.signal,
  })
  const resolver = createResolver({
    session: open.session,
    transfer: open.place.transfer,
    order: prepared.order,
    tables: prepared.tables,
    runIds: [open.run.id],
  })
  let same = 0
  // The journal has the rows in their order: whatever stands before one that was met is to be met too.
  let due = items <= most ? entry.rows.length : 1
  for await (const batch of reader) {
    const { rows } = await compiled.pipeline.transform(batch.items, resolver)
    for (const { row } of rows) {
      const text = renderRow(compiled.pkPlaces.map((place) => row[place] ?? null))
      const written = wanted.get(text)
      if (written?.hash !== compiled.hashRow(row)) continue
      wanted.delete(text)
      same += 1
      due = Math.max(due, written.place + 1)
    }
    break
  }
  return { differing: due - same, rows: due }
}
