import { referredMapping } from '../definition/find-parent.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { ContentMark } from '../target/target.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { OpenRun } from './open-run.ts'

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
  return table.foreignKeys.every(({ columns, references }) => {
    const [column] = columns
    if (column === undefined || columns.length > 1) return false
    if (step.deferred.includes(column)) return true
    if (!step.columns.includes(column)) return false
    const parent = references.table
    const origin = mapping.columns[column]?.origin
    const [key, ...more] = tables.get(parent)?.primaryKey ?? []
    if (origin?.from === 'lookup') {
      return origin.table === parent && parent !== table.name && more.length === 0 && (origin.column ?? key) === references.columns[0]
    }
    const referred = referredMapping(origin, mapping, mappings)
    if ((origin?.from !== 'reference' && origin?.from !== 'parent') || referred === undefined) return false
    const found = order.steps.find(({ kind, mapping: name }) => kind === 'load' && name === referred)
    const isEarlier = found !== undefined && found.number < step.number && found.table === parent && parent !== table.name
    return isEarlier && more.length === 0 && key === references.columns[0] && (origin.column ?? key) === key
  })
}
