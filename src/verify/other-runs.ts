import { HashTable } from '../core/hash-table.ts'
import { readJournal } from '../state/journal.ts'
import { listRuns } from '../state/runs.ts'
import { readSteps, type StepState } from '../state/steps.ts'
import type { Codec, TableInfo } from '../target/target.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import { codecsOf } from '../transform/stored-codecs.ts'
import type { VerifyOptions } from './verify.ts'

/** What runs after this one did to a table: retries of its rejects, later transfers. Their rows are theirs to verify. */
export interface OtherRuns {
  /** Hashes of the primary keys that they inserted or updated. */
  readonly pks: HashTable
  /** Of those whose links they filled; the other columns are as they were. */
  readonly linked: HashTable
  readonly added: number
}

/** By table; tables that nobody else wrote are not in it. */
export async function readOtherRuns(
  options: VerifyOptions,
  hasherFor: (codecs: readonly Codec[]) => RowHasher,
): Promise<ReadonlyMap<string, OtherRuns>> {
  const { session, run, tables } = options
  const found = new Map<string, { pks: HashTable; linked: HashTable; added: number }>()
  for (const other of await listRuns(session)) {
    const later = other.parentId === run.id || other.startedAt > run.startedAt
    if (other.id === run.id || other.status === 'rolled_back' || !later) continue
    for (const step of await readSteps(session, other.id)) {
      const table = tables.get(step.table)
      const codecs = table === undefined || isIdle(step) ? undefined : pkCodecs(step, table, options)
      if (codecs === undefined) continue
      const known = found.get(step.table) ?? { pks: new HashTable(), linked: new HashTable(), added: 0 }
      found.set(step.table, known)
      known.added += step.counts.inserted
      const hash = hasherFor(codecs)
      for await (const entry of readJournal(session, other.id, step.number, { reverse: false })) {
        const hashes = step.kind === 'patch' ? known.linked : known.pks
        for (const { pk } of [...entry.rows, ...entry.updates]) hashes.add(hash(pk))
      }
    }
  }
  return found
}

function isIdle({ counts }: StepState): boolean {
  return counts.inserted + counts.updated + counts.linked === 0
}

function pkCodecs(step: StepState, table: TableInfo, { target }: VerifyOptions): readonly Codec[] | undefined {
  const codecs = codecsOf(step, table, target.dialect)
  return codecs === undefined ? undefined : step.primaryKey.flatMap((column) => codecs[step.columns.indexOf(column)] ?? [])
}
