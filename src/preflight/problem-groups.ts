import { renderKey } from '../core/canonical-value.ts'
import type { Reject } from '../core/reject.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { ProblemGroup } from './preflight.ts'
import { suggestEdit } from './suggest-edit.ts'

interface Group {
  readonly first: Reject
  readonly samples: string[]
  readonly values: unknown[]
  count: number
}

/** Values looked at for a suggestion; enough to see 13/02 beside 02/01. */
const SEEN_VALUES = 200

/** Groups rejects by mapping, code and pointer as they come; keeps keys of three and values of some, never the records. */
export class ProblemGroups {
  readonly #groups = new Map<string, Group>()

  add(reject: Reject): void {
    const { mapping, code, pointer } = reject
    const name = JSON.stringify([mapping, reject.stage === 'link', code, pointerShape(pointer)])
    const group = this.#groups.get(name) ?? { first: reject, samples: [], values: [], count: 0 }
    this.#groups.set(name, group)
    group.count += 1
    if (group.samples.length < 3) group.samples.push(reject.key === undefined ? `item ${reject.ordinal}` : renderKey(reject.key))
    if (group.values.length < SEEN_VALUES) group.values.push(valueAt(reject.value, pointer))
  }

  /** Most first; `items`: how many each mapping has. */
  result(transfer: ResolvedTransfer, items: ReadonlyMap<string, number>): readonly ProblemGroup[] {
    return [...this.#groups.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ first, samples, values, count }) => ({
        mapping: first.mapping,
        code: first.code,
        pointer: pointerShape(first.pointer),
        count,
        samples,
        reason: first.reason,
        suggestion: suggestEdit(transfer, first, { values, count, items: items.get(first.mapping) ?? count }),
      }))
  }
}

/** `/floors/3/bays` and `/floors/4/bays` are one cause: `/floors/<n>/bays`. */
function pointerShape(pointer: string): string {
  return pointer.replace(/\/\d+(?=\/|$)/g, '/*')
}

/** The member a JSON pointer (RFC 6901) names; undefined where there is none. */
function valueAt(value: unknown, pointer: string): unknown {
  let at = value
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (at === null || typeof at !== 'object') return undefined
    at = at instanceof Map ? at.get(name) : Object.getOwnPropertyDescriptor(at, name)?.value
  }
  return at
}
