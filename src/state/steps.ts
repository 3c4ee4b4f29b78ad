import { FerryError } from '../core/errors.ts'
import { NO_COUNTS, type Position, type StepCounts } from '../core/position.ts'
import type { SqlValue, ValueKind } from '../core/row.ts'
import type { Session } from '../target/target.ts'

/** A step of a run as stored; `partition` is 0: a step is read in one piece. */
export interface StepState {
  readonly runId: string
  readonly number: number
  readonly partition: number
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  readonly primaryKey: readonly string[]
  /** Mapped columns, in row order: what journal hashes are made of. */
  readonly columns: readonly string[]
  /** What each of `columns` holds, so that codecs can be made again without the definition. */
  readonly kinds: readonly ValueKind[]
  readonly status: 'waiting' | 'running' | 'done'
  readonly position: Position
  readonly counts: StepCounts
  /** Batches committed. */
  readonly batches: number
  /** First value of id.integer(), fixed at checkpoint zero. */
  readonly idBase: bigint
  /** Items expected, as counted by preflight. */
  readonly expected: number | null
}

/** Checkpoint zero of every step, inside the caller's transaction. */
export async function insertSteps(session: Session, steps: readonly StepState[]): Promise<void> {
  for (const step of steps) {
    await session.run(
      `INSERT INTO ferry_steps (run_id, step_no, partition_no, kind, mapping, table_name, key_columns, column_names, status,
         at_position, counts, batches, id_base, expected)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        step.runId,
        step.number,
        step.partition,
        step.kind,
        step.mapping,
        step.table,
        JSON.stringify(step.primaryKey),
        JSON.stringify(step.columns.map((name, place) => [name, step.kinds[place]])),
        step.status,
        JSON.stringify(step.position),
        JSON.stringify(step.counts),
        step.batches,
        step.idBase,
        step.expected,
      ],
    )
  }
}

/** In order of their numbers. @throws FERRY_STATE_CORRUPT */
export async function readSteps(session: Session, runId: string): Promise<readonly StepState[]> {
  const found = await session.all(
    `SELECT run_id, step_no, partition_no, kind, mapping, table_name, key_columns, column_names, status, at_position, counts,
       batches, id_base, expected
     FROM ferry_steps WHERE run_id = ? ORDER BY step_no, partition_no`,
    [runId],
  )
  return found.map(toStep)
}

/**
 * Moves a step on, inside the batch's transaction; conditional on the stored `batches` being one less, so a batch can never be counted twice.
 * A move of the status alone (to running, to done) comes with the stored batches and position.
 * @throws FERRY_STATE_CORRUPT when it is neither
 */
export async function saveCheckpoint(
  session: Session,
  checkpoint: Pick<StepState, 'runId' | 'number' | 'status' | 'position' | 'counts' | 'batches'>,
): Promise<void> {
  const { runId, number, status, batches } = checkpoint
  const position = JSON.stringify(checkpoint.position)
  const changed = await session.run(
    `UPDATE ferry_steps SET status = ?, at_position = ?, counts = ?, batches = ?
     WHERE run_id = ? AND step_no = ? AND (batches = ? OR (batches = ? AND status <> ? AND at_position = ?))`,
    [status, position, JSON.stringify(checkpoint.counts), batches, runId, number, batches - 1, batches, status, position],
  )
  if (changed === 1) return
  throw corrupt(`step ${number} of run ${runId} does not stand before batch ${batches}`)
}

function toStep(found: Record<string, SqlValue>): StepState {
  try {
    const columns = JSON.parse(String(found.column_names)) as [string, ValueKind][]
    return {
      runId: String(found.run_id),
      number: Number(found.step_no),
      partition: Number(found.partition_no),
      kind: found.kind === 'patch' ? 'patch' : 'load',
      mapping: String(found.mapping),
      table: String(found.table_name),
      primaryKey: JSON.parse(String(found.key_columns)) as string[],
      columns: columns.map(([name]) => name),
      kinds: columns.map(([, kind]) => kind),
      status: found.status === 'done' ? 'done' : found.status === 'running' ? 'running' : 'waiting',
      position: JSON.parse(String(found.at_position)) as Position,
      counts: { ...NO_COUNTS, ...(JSON.parse(String(found.counts)) as StepCounts) },
      batches: Number(found.batches),
      idBase: BigInt(String(found.id_base)),
      expected: found.expected === null ? null : Number(found.expected),
    }
  } catch (cause) {
    throw corrupt(`step ${String(found.step_no)} of run ${String(found.run_id)} cannot be read`, cause)
  }
}

function corrupt(what: string, cause?: unknown): FerryError {
  return new FerryError('FERRY_STATE_CORRUPT', `ferry_steps: ${what}`, {
    hint: 'Another process moved the run, or somebody edited the ferry_* tables; look at `ferry status`, then `ferry resume`.',
    cause,
  })
}
