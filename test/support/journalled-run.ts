import { NO_COUNTS } from '../../src/core/position.ts'
import type { Row, ValueKind } from '../../src/core/row.ts'
import { appendJournal, type JournalEntry } from '../../src/state/journal.ts'
import type { Lease } from '../../src/state/lease.ts'
import { insertRun, type NewRun } from '../../src/state/runs.ts'
import { ensureState } from '../../src/state/state-tables.ts'
import { insertSteps } from '../../src/state/steps.ts'
import type { Session } from '../../src/target/target.ts'
import { openRowHash, type RowHasher } from '../../src/transform/row-hash.ts'
import { newRun, newStep } from './runs.ts'

/** One step of a run that is written by hand: a load step inserts `rows`, or updates them; a patch step sets its columns after the key. */
export interface HandStep {
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  /** The primary key stands first. Load: deferred columns last. */
  readonly columns: Readonly<Record<string, ValueKind>>
  /** Default: `id`. */
  readonly primaryKey?: readonly string[]
  readonly rows: readonly Row[]
  /** Upserts: the row as it becomes; what was there is read before. */
  readonly updates?: readonly Row[]
  /** Columns at the end that stay NULL in a load step. */
  readonly deferred?: number
}

/** Rows of one batch. */
const BATCH_ROWS = 2

/** Writes rows and journal as a run's batches would, in batches of two rows. */
export async function writeRun(session: Session, steps: readonly HandStep[], fields: Partial<NewRun> = {}): Promise<Lease> {
  await ensureState(session)
  const run = newRun(fields)
  const lease = { runId: run.id, token: 1, owner: 'test/boot/1/1' }
  await insertRun(session, run, { owner: lease.owner, ttlMs: 60_000 })
  for (const [at, step] of steps.entries()) {
    await insertSteps(session, [
      newStep({
        ...{ runId: run.id, number: at + 1, kind: step.kind, mapping: step.mapping, table: step.table, status: 'done' },
        ...{
          primaryKey: step.primaryKey ?? ['id'],
          columns: Object.keys(step.columns),
          kinds: Object.values(step.columns),
          counts: NO_COUNTS,
        },
      }),
    ])
    await writeStep(session, { runId: run.id, step: at + 1 }, step)
  }
  return lease
}

async function writeStep(session: Session, place: { runId: string; step: number }, step: HandStep): Promise<void> {
  const hashRow = await hasherOf(session, step)
  const width = step.primaryKey?.length ?? 1
  const batches: Pick<JournalEntry, 'rows' | 'updates'>[] = []
  for (let at = 0; at < step.rows.length; at += BATCH_ROWS) {
    const rows = step.rows.slice(at, at + BATCH_ROWS)
    batches.push({
      rows: rows.map((row) => ({
        pk: row.slice(0, width),
        hash: hashRow(row),
        ...(step.kind === 'patch' && { values: row.slice(width) }),
      })),
      updates: [],
    })
    if (step.kind === 'load') await session.insertRows(step.table, Object.keys(step.columns), rows)
    else for (const row of rows) await update(session, step, row)
  }
  for (const row of step.updates ?? []) {
    const names = Object.keys(step.columns).slice(0, row.length).join(', ')
    const [before] = await session.rows(`SELECT ${names} FROM ${step.table} WHERE id = ?`, [row[0] ?? null])
    await update(session, step, row)
    batches.push({ rows: [], updates: [{ pk: row.slice(0, 1), hash: hashRow(row), before: before ?? [] }] })
  }
  for (const [at, batch] of batches.entries()) await appendJournal(session, { ...place, batch: at + 1, ...batch })
}

async function hasherOf(session: Session, step: HandStep): Promise<RowHasher> {
  const table = await session.dialect.readTable(session, step.table)
  const hasherFor = await openRowHash()
  return hasherFor(
    Object.entries(step.columns).map(([name, kind]) => {
      const column = table?.columns.find((one) => one.name === name)
      if (!column) throw new Error(`${step.table} has no column ${name}`)
      return session.dialect.codec(column, kind)
    }),
  )
}

async function update(session: Session, step: HandStep, row: Row): Promise<void> {
  const set = Object.keys(step.columns).slice(1, row.length)
  await session.run(`UPDATE ${step.table} SET ${set.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`, [
    ...row.slice(1),
    row[0] ?? null,
  ])
}
