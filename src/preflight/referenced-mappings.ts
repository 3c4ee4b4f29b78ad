import { referredMapping } from '../definition/find-parent.ts'
import type { StepOrder } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'

/** Names of the mappings whose rows other rows point to, and of those with a patch step, which finds its own rows the same way. */
export function referencedMappings(transfer: ResolvedTransfer, order: StepOrder): ReadonlySet<string> {
  const names = new Set(order.steps.filter(({ kind }) => kind === 'patch').map(({ mapping }) => mapping))
  for (const mapping of transfer.mappings) {
    for (const { origin } of Object.values(mapping.columns)) {
      const name = referredMapping(origin, mapping, transfer.mappings)
      if (name !== undefined) names.add(name)
    }
  }
  return names
}
