import { renderKey } from '../core/canonical-value.ts'
import type { Key } from '../core/record.ts'
import type { Resolution, Resolver } from '../transform/pipeline.ts'
import { createLookups } from './lookups.ts'
import { createParent, type Parent } from './parent.ts'
import type { SharedParents } from './parent-census.ts'
import { findRejected } from './rejects.ts'
import type { ResolverOptions } from './resolver-options.ts'

/** A resolver that asks the target. */
export interface TargetResolver extends Resolver {
  /** The parents of `mapping` by `column` in memory for other threads; undefined where they are too many, or do not follow from their keys. */
  shareParents(mapping: string, column: string, count: number): Promise<SharedParents | undefined>
  /** Some parents are known by hashes of their keys, which others may share: the foreign key has the last word then. True once, true for ever: threads keep what they were given. */
  knowsByHash(): boolean
  /** Parents and lookups are asked of the target again: a row that was found is there no more. */
  forget(): void
}

/**
 * Answers references from the target itself: pk computed from the key (or found in ferry_id_map), then looked up in the parent's table;
 * a parent that is absent there is `rejected` when ferry_rejects holds its key, else `missing`.
 * `runIds`: the run and its ancestors. Parents found are remembered, as far as memory bounds allow; absent ones are asked for again.
 */
export function createResolver(options: ResolverOptions): TargetResolver {
  const parents = new Map<string, Parent>()
  let lookups = createLookups(options.session)
  let forgotHashes = false
  const knowsByHash = () => forgotHashes || [...parents.values()].some((parent) => parent.isKnownByHash())
  const parentFor = (mapping: string): Parent => {
    const known = parents.get(mapping)
    if (known) return known
    const parent = createParent(options, mapping)
    parents.set(mapping, parent)
    return parent
  }
  return {
    quickParents: async (mapping, column, count) => parentFor(mapping).quick(column, count),
    shareParents: async (mapping, column, count) => parentFor(mapping).share(column, count),
    knowsByHash,
    forget() {
      forgotHashes = knowsByHash()
      parents.clear()
      lookups = createLookups(options.session)
    },
    references: (mapping, keys, { orTarget }) => resolveKeys(options, { mapping, parent: parentFor(mapping), keys, orTarget }),
    lookups: (...question) => lookups(...question),
  }
}

async function resolveKeys(
  options: ResolverOptions,
  question: { mapping: string; parent: Parent; keys: readonly Key[]; orTarget: boolean },
): Promise<readonly Resolution[]> {
  const { mapping, parent, keys, orTarget } = question
  const texts = keys.map(renderKey)
  const distinct = new Map(keys.map((key, at) => [texts[at] ?? '', key]))
  const found = await parent.find(distinct, orTarget)
  const absent = [...distinct].filter(([text]) => !found.has(text))
  const rejected =
    absent.length === 0
      ? new Set<string>()
      : await findRejected(
          options.session,
          options.runIds,
          mapping,
          absent.map(([, key]) => key),
        )
  return texts.map((text): Resolution => found.get(text) ?? (rejected.has(text) ? 'rejected' : 'missing'))
}
