import { renderKey } from '../core/canonical-value.ts'
import type { Check } from '../core/check.ts'
import { HashTable } from '../core/hash-table.ts'
import type { Key } from '../core/record.ts'
import { RowSum } from '../core/row-sum.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { DerivedCheck } from '../definition/transfer.ts'
import type { Codec } from '../target/target.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import { openStoreReader } from './store-reader.ts'

export interface DerivedWork {
  readonly source: SourceAdapter
  readonly hasherFor: (codecs: readonly Codec[]) => RowHasher
  readonly signal: AbortSignal | undefined
}

/** `derived:<collection>`: what the definition computes must be what the collection holds; differing keys are named. */
export async function checkDerived(derived: DerivedCheck, work: DerivedWork): Promise<Check> {
  const name = `derived:${derived.collection}`
  const hash = work.hasherFor([{ kind: 'text', select: '', encode: String, canonical: String }])
  const actual = new RowSum()
  for await (const key of actualKeys(derived.collection, work)) actual.add(hash([renderKey(key)]))
  const computed = new RowSum()
  for await (const key of computedKeys(derived, work)) computed.add(hash([renderKey(key)]))
  if (actual.equals(computed)) return { name, status: 'passed', detail: `${actual.count} entries agree`, hint: '' }
  const only = await findOnly(derived, work, hash)
  return {
    name,
    status: 'failed',
    detail: `${actual.count} entries held, ${computed.count} computed; ${only.held} only held, ${only.computed} only computed, such as ${only.samples.join(', ')}`,
    hint: 'The source disagrees with itself: see which of the two the app trusts, and correct the records or the derive function.',
  }
}

/** A Set or a list is its members; a Map of Sets or lists is [key, member] pairs; a Map of plain values [key, value]; other records are their keys. */
async function* actualKeys(collection: string, { source, signal }: DerivedWork): AsyncGenerator<Key> {
  const kind = (await source.describe()).find(({ name }) => name === collection)?.kind
  for await (const { key, value } of openStoreReader(source, signal).records(collection)) {
    if (value instanceof Set || Array.isArray(value)) {
      for (const member of value) yield isKey(member) ? [key, member] : key
    } else if (kind === 'set' || kind === 'list') yield isKey(value) ? value : key
    else yield isKey(value) ? [key, value] : key
  }
}

function isKey(value: unknown): value is Key {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}

async function* computedKeys(derived: DerivedCheck, { source, signal }: DerivedWork): AsyncGenerator<Key> {
  yield* await derived.derive(openStoreReader(source, signal))
}

async function findOnly(derived: DerivedCheck, work: DerivedWork, hash: RowHasher) {
  const held = new HashTable()
  const computed = new HashTable()
  for await (const key of actualKeys(derived.collection, work)) held.add(hash([renderKey(key)]))
  for await (const key of computedKeys(derived, work)) computed.add(hash([renderKey(key)]))
  const found = { held: 0, computed: 0, samples: [] as string[] }
  for await (const key of actualKeys(derived.collection, work)) {
    if (computed.has(hash([renderKey(key)]))) continue
    found.held += 1
    if (found.samples.length < 3) found.samples.push(renderKey(key))
  }
  for await (const key of computedKeys(derived, work)) {
    if (held.has(hash([renderKey(key)]))) continue
    found.computed += 1
    if (found.samples.length < 6) found.samples.push(renderKey(key))
  }
  return found
}
