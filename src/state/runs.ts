import { FerryError } from '../core/errors.ts'
import type { SqlValue } from '../core/row.ts'
import { isAllowed, type RunStatus, TRANSITIONS } from '../core/run-status.ts'
import type { Session } from '../target/target.ts'

/** A run as stored. Times in ms since 1970 by the database's clock. */
export interface Run {
  readonly id: string
  readonly transfer: string
  readonly kind: 'transfer' | 'retry'
  /** The run whose rejects a retry takes up. */
  readonly parentId: string | null
  readonly status: RunStatus
  readonly definitionHash: string
  readonly definitionText: string
  /** Fingerprint of the source (of the spooled snapshot where volatile). Empty where it was still being made when the run was last written, see `RunFacts.sourceStamp`. */
  readonly sourceFingerprint: string
  /** How to open the source again: adapter name and its words, as JSON without secrets; the spooled snapshot's path where volatile. */
  readonly source: string
  /** Text form of the target tables' columns, so that a schema change is refused and said. */
  readonly schemaText: string
  readonly leaseToken: number
  readonly owner: string | null
  readonly leaseExpiresAt: number | null
  /** What a person asked from another terminal. */
  readonly request: 'pause' | 'cancel' | null
  readonly startedAt: number
  readonly updatedAt: number
  readonly finishedAt: number | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly errorHint: string | null
  /** JSON: everything fixed at checkpoint zero and gathered on the way (options, rows per table before, migrations applied, backup, verify result). */
  readonly facts: RunFacts
}

/** Gathered facts of a run; each written by one station, all optional. Kept as JSON in ferry_runs.facts. */
export interface RunFacts {
  readonly options?: Readonly<Record<string, unknown>>
  /** Where the run's folder was, and on which host. */
  readonly folder?: string
  /** Of the source as the run found it (`SourceAdapter.stamp`), where the run began before it had the fingerprint. */
  readonly sourceStamp?: string
  /** Rows of each target table at checkpoint zero. */
  readonly rowsBefore?: Readonly<Record<string, number>>
  /** Highest single-column primary key of each target table at checkpoint zero, as text, where it is an integer. */
  readonly maxKeyBefore?: Readonly<Record<string, string>>
  /** Names of Knex migrations that this run applied, in order. */
  readonly migrations?: readonly string[]
  /** Tables that were there before the first of them. */
  readonly tablesBefore?: readonly string[]
  /** Path of the backup's manifest. */
  readonly backup?: string
  readonly verified?: { readonly at: number; readonly passed: boolean; readonly differences: number }
  readonly switched?: readonly string[]
  /** Path of the manifest of the backup that undid the run. */
  readonly restoredFrom?: string
  readonly stopBefore?: string
  /** Which phase the paused run goes on with. */
  readonly nextPhase?: string
  readonly enforcementOff?: readonly string[]
  /** Rollback: what was kept, by table. */
  readonly kept?: Readonly<Record<string, number>>
  readonly totalItems?: number
  /** Rejects the budget allows, counted at checkpoint zero. */
  readonly allowedRejects?: number
  /** Verification was switched off by the person. */
  readonly noVerify?: boolean
  /** What the target tables looked like at checkpoint zero; a resume against another schema is refused. */
  readonly schemaText?: string
}

export type NewRun = Pick<
  Run,
  'id' | 'transfer' | 'kind' | 'parentId' | 'definitionHash' | 'definitionText' | 'sourceFingerprint' | 'source' | 'schemaText' | 'facts'
>

/** Inserts a run with status running, token 1 and its owner's lease, inside the caller's transaction. */
export async function insertRun(session: Session, run: NewRun, lease: { owner: string; ttlMs: number }): Promise<void> {
  const now = `(${session.dialect.nowMs})`
  await session.run(
    `INSERT INTO ferry_runs (id, transfer, kind, parent_id, status, definition_hash, definition_text, source_fingerprint, source,
       schema_text, lease_token, lease_owner, lease_expires_at, lease_beat, started_at, updated_at, facts)
     VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, 1, ?, ${now} + ${Math.trunc(lease.ttlMs)}, 0, ${now}, ${now}, ?)`,
    [
      run.id,
      run.transfer,
      run.kind,
      run.parentId,
      run.definitionHash,
      run.definitionText,
      run.sourceFingerprint,
      run.source,
      run.schemaText,
      lease.owner,
      JSON.stringify(run.facts),
    ],
  )
}

/** Inside the caller's transaction, for a run that has none yet. */
export async function storeFingerprint(session: Session, id: string, fingerprint: string): Promise<void> {
  await session.run("UPDATE ferry_runs SET source_fingerprint = ? WHERE id = ? AND source_fingerprint = ''", [fingerprint, id])
}

/** @throws FERRY_RUN_NOT_FOUND */
export async function readRun(session: Session, id: string): Promise<Run> {
  const [found] = await session.all(`SELECT ${RUN_COLUMNS} FROM ferry_runs WHERE id = ?`, [id])
  if (!found) {
    throw new FerryError('FERRY_RUN_NOT_FOUND', `there is no run ${id} in this database`, {
      hint: '`ferry status` names the newest run; check that --env points at the right database.',
    })
  }
  return toRun(found)
}

/** Newest first; of one transfer where given. */
export async function listRuns(session: Session, options: { transfer?: string; limit?: number } = {}): Promise<readonly Run[]> {
  const where = options.transfer === undefined ? '' : ' WHERE transfer = ?'
  const limit = options.limit === undefined ? '' : ` LIMIT ${Math.trunc(options.limit)}`
  const found = await session.all(
    `SELECT ${RUN_COLUMNS} FROM ferry_runs${where} ORDER BY started_at DESC, id DESC${limit}`,
    options.transfer === undefined ? [] : [options.transfer],
  )
  return found.map(toRun)
}

/**
 * Moves the status by one allowed transition, conditional on `from`, inside the caller's transaction.
 * The error of an earlier failure goes when the run is taken up again or ends well, and stays readable through a rollback.
 * @throws FERRY_STATE_TRANSITION
 */
export async function moveRun(
  session: Session,
  id: string,
  move: { from: RunStatus; to: RunStatus; error?: { code: string; message: string; hint: string } },
): Promise<void> {
  const { from, to, error } = move
  if (!isAllowed(from, to)) throw transitionError(id, `cannot move from ${from} to ${to}`)
  const now = `(${session.dialect.nowMs})`
  const keepsError = error === undefined && (to === 'rolling_back' || to === 'rolled_back' || to === 'cancelled')
  const errorSql = keepsError ? '' : ', error_code = ?, error_message = ?, error_hint = ?'
  const changed = await session.run(
    `UPDATE ferry_runs SET status = ?, updated_at = ${now}, lease_beat = lease_beat + 1,
       finished_at = ${isEnded(to) ? now : 'NULL'}${errorSql}
     WHERE id = ? AND status = ?`,
    [to, ...(keepsError ? [] : [error?.code ?? null, error?.message ?? null, error?.hint ?? null]), id, from],
  )
  if (changed !== 1) throw transitionError(id, `is not ${from} but ${(await readRun(session, id)).status}`)
}

/** Merges facts into the stored JSON, inside the caller's transaction. */
export async function addFacts(session: Session, id: string, facts: Partial<RunFacts>): Promise<void> {
  const lock = session.inTransaction ? ` ${session.dialect.forUpdate}` : ''
  const [found] = await session.all<{ facts: string }>(`SELECT facts FROM ferry_runs WHERE id = ?${lock}`, [id])
  if (!found) await readRun(session, id)
  const merged = { ...parseJson<RunFacts>(id, found?.facts ?? '{}'), ...facts }
  await session.run(`UPDATE ferry_runs SET facts = ?, updated_at = (${session.dialect.nowMs}) WHERE id = ?`, [JSON.stringify(merged), id])
}

/** Asks the owner to stop (null takes the request back); read between batches. @throws FERRY_RUN_NOT_FOUND */
export async function requestStop(session: Session, id: string, request: 'pause' | 'cancel' | null): Promise<void> {
  const changed = await session.run('UPDATE ferry_runs SET request = ?, lease_beat = lease_beat + 1 WHERE id = ?', [request, id])
  if (changed !== 1) await readRun(session, id)
}

const RUN_COLUMNS = `id, transfer, kind, parent_id, status, definition_hash, definition_text, source_fingerprint, source, schema_text,
  lease_token, lease_owner, lease_expires_at, request, started_at, updated_at, finished_at, error_code, error_message, error_hint, facts`

function toRun(found: Record<string, SqlValue>): Run {
  const id = String(found.id)
  const number = (name: string) => (found[name] === null ? null : Number(found[name]))
  const text = (name: string) => (found[name] === null ? null : String(found[name]))
  return {
    id,
    transfer: String(found.transfer),
    kind: found.kind === 'retry' ? 'retry' : 'transfer',
    parentId: text('parent_id'),
    status: toStatus(id, text('status')),
    definitionHash: String(found.definition_hash),
    definitionText: String(found.definition_text),
    sourceFingerprint: String(found.source_fingerprint),
    source: String(found.source),
    schemaText: String(found.schema_text),
    leaseToken: Number(found.lease_token),
    owner: text('lease_owner'),
    leaseExpiresAt: number('lease_expires_at'),
    request: found.request === 'pause' || found.request === 'cancel' ? found.request : null,
    startedAt: Number(found.started_at),
    updatedAt: Number(found.updated_at),
    finishedAt: number('finished_at'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    errorHint: text('error_hint'),
    facts: parseJson<RunFacts>(id, String(found.facts)),
  }
}

function toStatus(id: string, status: string | null): RunStatus {
  const known = TRANSITIONS.find((move) => move.from === status)?.from ?? TRANSITIONS.find((move) => move.to === status)?.to
  if (known === undefined) throw corrupt(id, 'an unknown status')
  return known
}

function isEnded(status: RunStatus): boolean {
  return !['running', 'paused', 'verifying', 'rolling_back'].includes(status)
}

function parseJson<T>(id: string, text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw corrupt(id, 'facts that are no JSON', cause)
  }
}

function corrupt(id: string, what: string, cause?: unknown): FerryError {
  return new FerryError('FERRY_STATE_CORRUPT', `ferry_runs holds ${what} for run ${id}`, {
    hint: 'Somebody edited the ferry_* tables; restore the database from its backup.',
    cause,
  })
}

function transitionError(id: string, what: string): FerryError {
  return new FerryError('FERRY_STATE_TRANSITION', `run ${id} ${what}`, {
    hint: '`ferry status` says where the run stands and which commands make sense now.',
  })
}
