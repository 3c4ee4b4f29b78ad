import { listRuns } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import { countTable } from '../target/table-rows.ts'
import type { VerifyOptions } from './verify.ts'

export interface TableCount {
  readonly table: string
  /** Rows at checkpoint zero, and what this run and later ones inserted. */
  readonly expected: number
  readonly found: number
}

/** Rows of each table that the run wrote to, counted and reckoned. */
export async function readTableCounts(options: VerifyOptions): Promise<readonly TableCount[]> {
  const { session, run, steps, tables } = options
  const inserted = new Map<string, number>()
  const add = (table: string, count: number) => inserted.set(table, (inserted.get(table) ?? 0) + count)
  for (const step of steps) add(step.table, step.counts.inserted)
  for (const other of await listRuns(session)) {
    const later = other.parentId === run.id || other.startedAt > run.startedAt
    if (other.id === run.id || other.status === 'rolled_back' || !later) continue
    for (const step of await readSteps(session, other.id)) if (inserted.has(step.table)) add(step.table, step.counts.inserted)
  }
  const counts: TableCount[] = []
  for (const [table, added] of inserted) {
    if (!tables.has(table)) continue
    counts.push({ table, expected: (run.facts.rowsBefore?.[table] ?? 0) + added, found: await countTable(session, table) })
  }
  return counts
}
