import { join } from 'node:path'
import { id, key, reference } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping } from '../../src/definition/transfer-input.ts'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { SnapshotSource } from '../../src/snapshot/snapshot-source.ts'

export interface Person {
  readonly code: string
  /** Key of another. */
  readonly boss?: string
}

/** Writes the people, keyed `k0`, `k1` ..., as the store of `defineLinks`. */
export function writePeople(folder: string, people: readonly Person[]): void {
  exportStore({ things: new Map(people.map((person, n) => [`k${n}`, person])) }, join(folder, 'people.ferry.ndjson'))
}

/** People who may have one another for a boss, into the table `things`. */
export function defineLinks(folder: string): ResolvedTransfer {
  return defineTransfer({
    name: 'links',
    source: new SnapshotSource(join(folder, 'people.ferry.ndjson')),
    target: {},
    maxRejects: '100%',
    folder: join(folder, 'ferry'),
    mappings: {
      things: mapping<Person>({
        from: 'things',
        table: 'things',
        columns: { id: id.uuid(), code: key().text(), boss_id: reference('things', 'boss', { missing: 'null' }).optional() },
      }),
    },
  })
}
