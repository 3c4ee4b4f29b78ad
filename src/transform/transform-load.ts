import type { Key } from '../core/record.ts'
import type { Reject } from '../core/reject.ts'
import { type SqlValue, ValueProblem } from '../core/row.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import { compileSchema, type SchemaProblem } from '../validation/compile-schema.ts'
import type { Ask } from './compile-asks.ts'
import type { ColumnPlan } from './compile-columns.ts'
import { createReject, describeThrown, type Frame } from './frame.ts'
import { compileOpenFrame, isFrame } from './open-frame.ts'
import { type Answer, compileQuickFill, resolveAsk, stopped } from './resolve-asks.ts'
import type { CompileOptions, Pipeline, Resolver, TransformedBatch, TransformedRow } from './transformed-batch.ts'

/** A row on its way, and what becomes of it; references are filled in after the batch was asked for. */
class Draft implements TransformedRow {
  readonly row: SqlValue[]
  readonly item: BatchItem
  readonly key: Key
  readonly frame: Frame

  constructor(frame: Frame, row: SqlValue[]) {
    this.row = row
    this.item = frame.item
    this.key = frame.key
    this.frame = frame
  }
}

type Outcome = Draft | Reject | undefined

/** Compiles the transform of a load step: where, schema, columns, then the references of the whole batch. */
export function compileLoad({ step }: CompileOptions, plan: ColumnPlan): Pipeline['transform'] {
  const { mapping, asks } = plan
  const transformItem = compileItem(plan, step.columns.length)
  return async (items, resolver) => {
    const outcomes = new Array<Outcome>(items.length)
    for (let at = 0; at < items.length; at += 1) {
      const item = items[at]
      if (item !== undefined) outcomes[at] = transformItem(item)
    }
    const nulled: Record<string, number> = {}
    if (asks.length > 0) await fillReferences(outcomes, { mapping, asks, resolver, nulled })
    return collect(outcomes, nulled)
  }
}

function isDraft(outcome: Outcome): outcome is Draft {
  return outcome instanceof Draft
}

function collect(outcomes: readonly Outcome[], nulled: Readonly<Record<string, number>>): TransformedBatch {
  const rows: TransformedRow[] = []
  const rejects: Reject[] = []
  for (const outcome of outcomes) {
    if (outcome === undefined) continue
    if (isDraft(outcome)) rows.push(outcome)
    else rejects.push(outcome)
  }
  return { rows, rejects, filtered: outcomes.length - rows.length - rejects.length, nulled }
}

/** One item without its references: a draft, a reject, or undefined where it is filtered. */
function compileItem(plan: ColumnPlan, width: number): (item: BatchItem) => Outcome {
  const { mapping, direct, deferred } = plan
  const open = compileOpenFrame(mapping)
  const { where } = mapping
  const findProblem = mapping.schema === undefined ? undefined : compileSchema(mapping.schema, `mapping ${JSON.stringify(mapping.name)}`)
  return (item) => {
    const frame = open(item)
    if (!isFrame(frame)) return frame
    if (where !== undefined) {
      try {
        if (!where(frame.value as never, frame)) return undefined
      } catch (error) {
        return toReject(mapping, frame, { pointer: '', problem: new ValueProblem('COMPUTE', `where ${describeThrown(error)}`) })
      }
    }
    const broken = findProblem?.(frame.value)
    if (broken !== undefined) return schemaReject(mapping, frame, broken)
    const row = new Array<SqlValue>(width)
    for (let at = 0; at < width; at += 1) row[at] = null
    for (let at = 0; at < direct.length; at += 1) {
      const column = direct[at]
      if (column === undefined) continue
      const value = column.read(frame)
      if (typeof value === 'object' && value instanceof ValueProblem)
        return toReject(mapping, frame, { pointer: column.pointer, problem: value })
      row[column.at] = value
    }
    for (const ask of deferred) {
      const key = ask.read(frame)
      const problem = key === null ? ask.absent() : key
      if (problem instanceof ValueProblem) return toReject(mapping, frame, { pointer: ask.pointer, problem })
    }
    return new Draft(frame, row)
  }
}

interface Filling {
  readonly mapping: ResolvedMapping
  readonly asks: readonly Ask[]
  readonly resolver: Resolver
  readonly nulled: Record<string, number>
}

/** One question per ask for the items still standing, in the order of the columns. Outcomes change in place. */
async function fillReferences(outcomes: Outcome[], { mapping, asks, resolver, nulled }: Filling): Promise<void> {
  for (const ask of asks) {
    const quick = await compileQuickFill(ask, resolver, outcomes.length)
    const places: number[] = []
    const drafts: Draft[] = []
    for (let at = 0; at < outcomes.length; at += 1) {
      const outcome = outcomes[at]
      if (outcome === undefined || !isDraft(outcome) || quick?.(outcome) === true) continue
      places.push(at)
      drafts.push(outcome)
    }
    if (drafts.length === 0) continue
    const answers = await resolveAsk(
      ask,
      drafts.map((draft) => draft.frame),
      resolver,
    )
    for (const [at, draft] of drafts.entries()) {
      const reject = fill(draft, ask, { mapping, nulled, answer: answers[at] ?? 'missing' })
      if (reject !== undefined) outcomes[places[at] ?? 0] = reject
    }
  }
}

function fill(
  { frame, row }: Draft,
  ask: Ask,
  { mapping, nulled, answer }: { mapping: ResolvedMapping; nulled: Record<string, number>; answer: Answer },
): Reject | undefined {
  if (answer instanceof ValueProblem) return toReject(mapping, frame, { pointer: ask.pointer, problem: answer })
  if (typeof answer === 'object') {
    for (const column of ask.columns) row[column.at] = answer.found[column.taken] ?? null
    return undefined
  }
  if (answer === 'none') {
    const value = ask.absent()
    return value === null ? undefined : toReject(mapping, frame, { pointer: ask.pointer, problem: value })
  }
  if (answer === 'rejected') {
    return createReject(mapping, frame.item, {
      key: frame.key,
      stage: 'reference',
      code: 'PARENT_REJECTED',
      pointer: ask.pointer,
      reason: `its parent in mapping ${ask.from === 'reference' ? ask.mapping : ask.table} was rejected`,
      budgeted: false,
    })
  }
  if (ask.missing === 'stop') throw stopped(mapping.name, ask)
  if (ask.missing === 'reject') return missingReject(mapping, frame, ask)
  for (const column of ask.columns) nulled[column.name] = (nulled[column.name] ?? 0) + 1
  return undefined
}

function missingReject(mapping: ResolvedMapping, frame: Frame, ask: Ask): Reject {
  const isReference = ask.from === 'reference'
  return createReject(mapping, frame.item, {
    key: frame.key,
    stage: 'reference',
    code: isReference ? 'MISSING_REFERENCE' : 'MISSING_LOOKUP',
    pointer: ask.pointer,
    reason: isReference ? `mapping ${ask.mapping} has no such record` : `table ${ask.table} has no such row`,
  })
}

function toReject(mapping: ResolvedMapping, frame: Frame, { pointer, problem }: { pointer: string; problem: ValueProblem }): Reject {
  return createReject(mapping, frame.item, { key: frame.key, stage: 'transform', code: problem.code, pointer, reason: problem.reason })
}

function schemaReject(mapping: ResolvedMapping, frame: Frame, { pointer, reason }: SchemaProblem): Reject {
  return createReject(mapping, frame.item, { key: frame.key, stage: 'validate', code: 'SCHEMA', pointer, reason })
}
