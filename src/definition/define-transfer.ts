import { hashDefinition } from './hash-definition.ts'
import { invalid } from './invalid.ts'
import { resolveMappings } from './resolve-mapping.ts'
import type { Invariant, ResolvedTransfer, SwitchTarget } from './transfer.ts'
import type { TransferInput } from './transfer-input.ts'

const MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'source',
  'target',
  'mappings',
  'derived',
  'invariants',
  'maxRejects',
  'onFailure',
  'batchRows',
  'batchBytes',
  'folder',
  'switch',
])

/**
 * Checks a definition, fills in its defaults and freezes it.
 * @throws FERRY_DEFINITION_INVALID naming mapping and column
 */
export function defineTransfer(input: TransferInput): ResolvedTransfer {
  if (typeof input !== 'object' || input === null) throw invalid('defineTransfer takes one object')
  for (const name of Object.keys(input)) if (!MEMBERS.has(name)) throw invalid(`the transfer has no option ${JSON.stringify(name)}`)
  if (typeof input.name !== 'string' || input.name.trim() === '') throw invalid('the transfer needs a name')
  if (typeof input.target !== 'object' || input.target === null) throw invalid('the transfer needs a target', 'Set target: { knexfile }.')
  const mappings = resolveMappings(input.mappings)
  const { hash, hashedText } = hashDefinition(input.name, mappings)
  return Object.freeze({
    name: input.name,
    source: input.source,
    target: Object.freeze({ ...input.target }),
    mappings,
    derived: Object.freeze(Object.entries(input.derived ?? {}).map(([collection, derive]) => Object.freeze({ collection, derive }))),
    invariants: Object.freeze((input.invariants ?? []).map(checkInvariant)),
    maxRejects: parseMaxRejects(input.maxRejects ?? 0),
    onFailure: oneOf('onFailure', input.onFailure ?? 'stop', ['stop', 'rollback']),
    batchRows: positive('batchRows', input.batchRows ?? 5000),
    batchesAdapt: input.batchRows === undefined,
    batchBytes: positive('batchBytes', input.batchBytes ?? 8 * 1024 * 1024),
    folder: input.folder ?? '.ferry',
    switch: Object.freeze(toList(input.switch).map((target) => Object.freeze({ ...target }))),
    hash,
    hashedText,
  })
}

/**
 * The error budget: a count (10, `'10'`) or a share of the items (`'1%'`).
 * @throws FERRY_DEFINITION_INVALID
 */
export function parseMaxRejects(input: number | string): ResolvedTransfer['maxRejects'] {
  const share = typeof input === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(input.trim()) : null
  if (share !== null && Number(share[1]) <= 100) return Object.freeze({ share: Number(share[1]) / 100 })
  const count = typeof input === 'string' && input.trim() !== '' ? Number(input) : input
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return Object.freeze({ count })
  throw invalid('maxRejects is neither a count nor a share', "Write a count such as 10, or a share such as '1%'.")
}

function checkInvariant(invariant: Invariant): Invariant {
  if (typeof invariant.name !== 'string' || typeof invariant.sql !== 'string') throw invalid('an invariant needs a name and sql')
  if ((invariant.equals === undefined) === (invariant.source === undefined)) {
    throw invalid(`invariant ${JSON.stringify(invariant.name)} needs one of equals and source`)
  }
  return Object.freeze({ ...invariant })
}

function toList(input: TransferInput['switch']): readonly SwitchTarget[] {
  if (input === undefined) return []
  return Array.isArray(input) ? input : [input as SwitchTarget]
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw invalid(`${name} is not a positive whole number`)
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw invalid(`${name} is none of ${allowed.join(', ')}`)
}
