import type { Reject } from '../core/reject.ts'
import { type SqlValue, ValueProblem } from '../core/row.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Ask } from './compile-asks.ts'
import type { ColumnPlan } from './compile-columns.ts'
import { createReject, type Frame } from './frame.ts'
import { compileOpenFrame, isFrame } from './open-frame.ts'
import { type Answer, resolveAsk, stopped } from './resolve-asks.ts'
import type { CompileOptions, Pipeline, TransformedRow } from './transformed-batch.ts'

/**
 * Compiles the transform of a patch step: `[primary key..., deferred values...]` of the items that have a row and a link to fill.
 * Items that the load rejected or filtered have no row and count as filtered, as do those without a link.
 * A link that cannot be filled is a reject of stage `link`; a row with another link stands beside it.
 */
export function compilePatch({ step }: CompileOptions, plan: ColumnPlan): Pipeline['transform'] {
  const { mapping, table, asks } = plan
  const open = compileOpenFrame(mapping)
  return async (items, resolver) => {
    const frames = items.map((item) => open(item)).filter(isFrame)
    const nulled: Record<string, number> = {}
    const own =
      frames.length === 0
        ? []
        : await resolver.references(
            mapping.name,
            frames.map((frame) => frame.key),
            { orTarget: false },
          )
    const patches: Patch[] = []
    for (const [at, frame] of frames.entries()) {
      const resolution = own[at]
      if (typeof resolution !== 'object') continue
      const row = new Array<SqlValue>(step.columns.length).fill(null)
      for (const [column, name] of table.primaryKey.entries()) row[column] = resolution.found[name] ?? null
      patches.push({ frame, row, rejects: [], linked: false })
    }
    for (const ask of asks) {
      const answers = await resolveAsk(
        ask,
        patches.map((patch) => patch.frame),
        resolver,
      )
      for (const [at, patch] of patches.entries()) link(patch, ask, { mapping, nulled, answer: answers[at] ?? 'missing' })
    }
    const rows = patches
      .filter((patch) => patch.linked)
      .map(({ frame, row }): TransformedRow => ({ row, item: frame.item, key: frame.key }))
    const touched = patches.filter((patch) => patch.linked || patch.rejects.length > 0).length
    return { rows, rejects: patches.flatMap((patch) => patch.rejects), filtered: items.length - touched, nulled }
  }
}

interface Patch {
  readonly frame: Frame
  readonly row: SqlValue[]
  readonly rejects: Reject[]
  linked: boolean
}

interface Linking {
  readonly mapping: ResolvedMapping
  readonly nulled: Record<string, number>
  readonly answer: Answer
}

function link(patch: Patch, ask: Ask, { mapping, nulled, answer }: Linking): void {
  if (answer instanceof ValueProblem || answer === 'none') return
  if (typeof answer === 'object') {
    for (const column of ask.columns) patch.row[column.at] = answer.found[column.taken] ?? null
    patch.linked = true
    return
  }
  if (answer === 'missing' && ask.missing === 'stop') throw stopped(mapping.name, ask)
  if (answer === 'missing' && ask.missing === 'null') {
    for (const column of ask.columns) nulled[column.name] = (nulled[column.name] ?? 0) + 1
    return
  }
  const parent = ask.from === 'reference' ? ask.mapping : ask.table
  const open = answer === 'rejected'
  patch.rejects.push(
    createReject(mapping, patch.frame.item, {
      key: patch.frame.key,
      stage: 'link',
      code: open ? 'OPEN_LINK' : 'MISSING_REFERENCE',
      pointer: ask.pointer,
      reason: open
        ? `its parent in mapping ${parent} was rejected; the row stands without the link`
        : `mapping ${parent} has no such record; the row stands without the link`,
      budgeted: !open,
    }),
  )
}
