import type { Reject } from '../core/reject.ts'
import { type SqlValue, ValueProblem } from '../core/row.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Ask } from './compile-asks.ts'
import type { ColumnPlan } from './compile-columns.ts'
import { createReject, type Frame } from './frame.ts'
import { compileOpenFrame, isFrame } from './open-frame.ts'
import { type Answer, compileQuickFill, resolveAsk, stopped } from './resolve-asks.ts'
import type { CompileOptions, Pipeline, Resolver, TransformedRow } from './transformed-batch.ts'

/**
 * Compiles the transform of a patch step: `[primary key..., deferred values...]` of the items that have a row and a link to fill.
 * Items that the load rejected or filtered have no row and count as filtered, as do those without a link.
 * A link that cannot be filled is a reject of stage `link`; a row with another link stands beside it.
 */
export function compilePatch({ step }: CompileOptions, plan: ColumnPlan): Pipeline['transform'] {
  const { mapping, table, asks } = plan
  const open = compileOpenFrame(mapping)
  return async (items, resolver) => {
    // Who names nobody has nothing to fill, whether it has a row or not.
    const frames = items
      .map((item) => open(item))
      .filter(isFrame)
      .filter((frame) => asks.some((ask) => ask.read(frame) !== null))
    const nulled: Record<string, number> = {}
    const patches = await findOwnRows(frames, { mapping, primaryKey: table.primaryKey, width: step.columns.length, resolver })
    for (const ask of asks) {
      const fill = await compileQuickFill(ask, resolver, patches.length)
      const open: Patch[] = []
      for (const patch of patches) {
        if (fill?.(patch) === true) patch.linked = true
        else open.push(patch)
      }
      const answers = await resolveAsk(
        ask,
        open.map((patch) => patch.frame),
        resolver,
      )
      for (const [at, patch] of open.entries()) link(patch, ask, { mapping, nulled, answer: answers[at] ?? 'missing' })
    }
    const rows = patches
      .filter((patch) => patch.linked)
      .map(({ frame, row }): TransformedRow => ({ row, item: frame.item, key: frame.key }))
    const touched = patches.filter((patch) => patch.linked || patch.rejects.length > 0).length
    return { rows, rejects: patches.flatMap((patch) => patch.rejects), filtered: items.length - touched, nulled }
  }
}

interface Finding {
  readonly mapping: ResolvedMapping
  readonly primaryKey: readonly string[]
  /** Columns of a patch. */
  readonly width: number
  readonly resolver: Resolver
}

/** The items that have a row, each with its primary key. */
async function findOwnRows(frames: readonly Frame[], { mapping, primaryKey, width, resolver }: Finding): Promise<readonly Patch[]> {
  const [only, ...more] = primaryKey
  const quick = only === undefined || more.length > 0 ? undefined : await resolver.quickParents?.(mapping.name, only, frames.length)
  const found = frames.map((frame) => quick?.(frame.key))
  const asked = frames.filter((_, at) => found[at] === undefined)
  const answers =
    asked.length === 0
      ? []
      : await resolver.references(
          mapping.name,
          asked.map((frame) => frame.key),
          { orTarget: false },
        )
  let next = 0
  return frames.flatMap((frame, at): Patch[] => {
    const row = new Array<SqlValue>(width).fill(null)
    const value = found[at]
    if (value === undefined) {
      const resolution = answers[next]
      next += 1
      if (typeof resolution !== 'object') return []
      for (const [column, name] of primaryKey.entries()) row[column] = resolution.found[name] ?? null
    } else row[0] = value
    return [{ frame, row, rejects: [], linked: false }]
  })
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
