import type { ContentMark } from '../target/target.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { OpenRun } from './open-run.ts'

/**
 * A mark to write the step's rows with, taken before any of their parents is looked for; undefined where the engine must check foreign keys row by row.
 * The transform has then found every parent, in memory or in the table, and only somebody else can take one away: the mark tells.
 */
export async function markParents(open: OpenRun, step: CompiledStep, prepared: PreparedSteps): Promise<ContentMark | undefined> {
  return findsEveryParent(step, prepared) ? open.session.markContent?.() : undefined
}

/** Whether each foreign key of the table is NULL until its patch, or a reference to rows of an earlier step. */
function findsEveryParent({ step, mapping, table }: CompiledStep, { order, tables }: PreparedSteps): boolean {
  if (step.kind !== 'load' || table.foreignKeys.length === 0) return false
  return table.foreignKeys.every(({ columns, references }) => {
    const [column] = columns
    if (column === undefined || columns.length > 1) return false
    if (step.deferred.includes(column)) return true
    if (!step.columns.includes(column)) return false
    const parent = references.table
    const origin = mapping.columns[column]?.origin
    if (origin?.from !== 'reference') return false
    const found = order.steps.find(({ kind, mapping: name }) => kind === 'load' && name === origin.mapping)
    const [key, ...more] = tables.get(parent)?.primaryKey ?? []
    const isEarlier = found !== undefined && found.number < step.number && found.table === parent && parent !== table.name
    return isEarlier && more.length === 0 && key === references.columns[0] && (origin.column ?? key) === key
  })
}
