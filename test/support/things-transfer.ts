import { join } from 'node:path'
import { assert } from 'chai'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { type MappingInput, mapping } from '../../src/definition/transfer-input.ts'
import { planTransfer } from '../../src/run/plan-transfer.ts'
import { startTransfer } from '../../src/run/start-transfer.ts'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { SnapshotSource } from '../../src/snapshot/snapshot-source.ts'
import type { Target } from '../../src/target/target.ts'

export interface Thing {
  readonly text: string
}

/** A transfer of values, keyed `k0`, `k1` ..., into the table `things`. */
export function defineThings<Value = Thing>(
  folder: string,
  values: readonly Value[],
  input: Omit<MappingInput<Value>, 'from' | 'table'> & { readonly table?: string },
): ResolvedTransfer {
  const snapshot = join(folder, 'things.ferry.ndjson')
  exportStore({ things: new Map(values.map((value, n) => [`k${n}`, value])) }, snapshot)
  return defineTransfer({
    name: 'things',
    source: new SnapshotSource(snapshot),
    target: {},
    maxRejects: '100%',
    folder: join(folder, 'ferry'),
    mappings: { things: mapping<Value>({ table: 'things', ...input, from: 'things' }) },
  })
}

/** Preflight's forecast and the run agree on what is rejected, and the run verifies; resolves with key and code of each reject. */
export async function moveThings(transfer: ResolvedTransfer, target: Target): Promise<string[]> {
  const plan = await planTransfer({ transfer, target })
  const result = await startTransfer({ transfer, target, noBackup: true })
  assert.isUndefined(result.error, JSON.stringify(result.error))
  const forecast = new Map<string, number>()
  for (const { code, count } of plan.problems) forecast.set(code, (forecast.get(code) ?? 0) + count)
  const found: { code: string; item_ordinal: number }[] = await target
    .knex('ferry_rejects')
    .select('code', 'item_ordinal')
    .orderBy('item_ordinal')
  const stored = new Map<string, number>()
  for (const { code } of found) stored.set(code, (stored.get(code) ?? 0) + 1)
  assert.deepEqual(Object.fromEntries(forecast), Object.fromEntries(stored))
  assert.equal(result.rejects, plan.predictedRejects)
  return found.map(({ code, item_ordinal: place }) => `k${place} ${code}`)
}
