import { referredMapping } from '../definition/find-parent.ts'
import type { Step, StepOrder } from '../definition/order-steps.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'

/** The mappings that a step's rows refer to, where all of them are loaded by earlier steps, and of a load into other tables; else undefined. */
export function earlierParents(
  step: Step,
  mapping: ResolvedMapping,
  { order, mappings }: { readonly order: StepOrder; readonly mappings: readonly ResolvedMapping[] },
): ReadonlySet<string> | undefined {
  const parents = new Set<string>()
  for (const column of step.columns) {
    const origin = mapping.columns[column]?.origin
    if (origin?.from === 'lookup' && origin.table === step.table) return undefined
    const referred = referredMapping(origin, mapping, mappings)
    if (referred === undefined) continue
    const parent = order.steps.find(({ kind, mapping: name }) => kind === 'load' && name === referred)
    if (parent === undefined || parent.number >= step.number) return undefined
    if (step.kind === 'load' && parent.table === step.table) return undefined
    parents.add(referred)
  }
  return parents
}
