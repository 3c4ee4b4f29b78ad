import { HashTable } from '../core/hash-table.ts'
import { readJournal } from '../state/journal.ts'
import type { Session } from '../target/target.ts'
import type { ComparedStep } from './compared-table.ts'

/** Hashes of the primary keys that a step's journal holds: rows it inserted, rows it updated. `rows`: the inserted rows' own hashes. */
export interface JournalPks {
  readonly inserted: HashTable
  readonly rows: HashTable
  readonly updated: HashTable
}

/** Reads a step's journal once; about 12 bytes a row stay (24 where items met existing rows). `part`: only keys whose hash falls into it, where all would be too many. */
export async function readJournalPks(
  session: Session,
  step: ComparedStep,
  part: { readonly number: number; readonly of: number } = { number: 0, of: 1 },
): Promise<JournalPks> {
  const inserted = new HashTable()
  const rows = new HashTable()
  const updated = new HashTable()
  for await (const entry of readJournal(session, step.load.runId, step.load.number, { reverse: false })) {
    for (const { pk, hash } of entry.rows) {
      addPart(inserted, step.hashPk(pk), part)
      if (keepsRows(step)) rows.add(hash)
    }
    for (const { pk } of entry.updates) addPart(updated, step.hashPk(pk), part)
  }
  return { inserted, rows, updated }
}

function addPart(table: HashTable, hash: bigint, part: { readonly number: number; readonly of: number }): void {
  if (part.of === 1 || Number(hash % BigInt(part.of)) === part.number) table.add(hash)
}

/** Only there the row of an item must be told from rows that other items met. */
function keepsRows({ load }: ComparedStep): boolean {
  return load.counts.updated + load.counts.skipped > 0
}
