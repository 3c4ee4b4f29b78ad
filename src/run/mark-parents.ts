import type { ResolvedMapping } from '../definition/transfer.ts'
import type { ContentMark } from '../target/target.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { OpenRun } from './open-run.ts'
import { referredParent } from './referred-parent.ts'

/**
 * A mark to write the step's rows with, taken before any of their parents is looked for; undefined where the engine must check foreign keys row by row.
 * The transform has then found every parent, in memory or in the table, and only somebody else can take one away: the mark tells.
 */
export async function markParents(open: OpenRun, step: CompiledStep, prepared: PreparedSteps): Promise<ContentMark | undefined> {
  return findsEveryParent(step, prepared, open.place.transfer.mappings) ? open.session.markContent?.() : undefined
}

/** Whether each foreign key of the table is NULL until its patch, or refers to rows of an earlier step or of a lookup. */
function findsEveryParent(
  { step, mapping, table }: CompiledStep,
  { order, tables }: PreparedSteps,
  mappings: readonly ResolvedMapping[],
): boolean {
  if (step.kind !== 'load' || table.foreignKeys.length === 0) return false
  return table.foreignKeys.every((link) => {
    const { columns, references } = link
    const [column] = columns
    if (column === undefined || columns.length > 1) return false
    if (step.deferred.includes(column)) return true
    const [key, ...more] = tables.get(references.table)?.primaryKey ?? []
    if (!step.columns.includes(column) || references.table === table.name || more.length > 0) return false
    const origin = mapping.columns[column]?.origin
    if (origin?.from === 'lookup') return origin.table === references.table && (origin.column ?? key) === references.columns[0]
    const parent = referredParent(link, mapping, { mappings, tables })
    const found = order.steps.find(({ kind, mapping: name }) => kind === 'load' && name === parent)
    return found !== undefined && found.number < step.number && key === references.columns[0]
  })
}
