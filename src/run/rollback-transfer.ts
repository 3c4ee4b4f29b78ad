import { FerryError } from '../core/errors.ts'
import type { RollbackRowsResult } from '../rollback/rollback-rows.ts'
import { rollbackRows } from '../rollback/rollback-rows.ts'
import { rollbackSchema } from '../rollback/rollback-schema.ts'
import { dropLease, ownerName, takeLease } from '../state/lease.ts'
import { listRuns, type Run, readRun } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import type { Session, TableInfo } from '../target/target.ts'
import { rejectSource } from './conduct-retry.ts'
import { describeLevels, type LevelStatement, type RollbackLevel } from './describe-levels.ts'
import { findRun } from './find-run.ts'
import { LEASE_TTL_MS, openPlace, runFolder } from './new-place.ts'
import { OpenRun } from './open-run.ts'
import { restoreTransfer } from './restore-transfer.ts'
import type { Workplace } from './run-options.ts'
import { undoRun } from './undo-run.ts'

export type { RollbackLevel } from './describe-levels.ts'

export interface RollbackOptions extends Workplace {
  readonly runId?: string
  /** Default: switch and rows. */
  readonly levels?: readonly RollbackLevel[]
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly lossy?: boolean
}

export interface RollbackResult {
  readonly runId: string
  readonly status: 'rolled_back' | 'dry_run' | 'rolling_back'
  /** What each level did or would do; what is exact, restorable or lost. */
  readonly statements: readonly LevelStatement[]
  readonly rows?: RollbackRowsResult
  /** Migrations taken back, in order. */
  readonly migrations: readonly string[]
  readonly exitCode: number
}

/** Undoes a run; its retries first. @throws FERRY_RUN_NOT_FOUND, FERRY_ROLLBACK_REFUSED, FERRY_RUN_OWNED */
export async function rollbackTransfer(options: RollbackOptions): Promise<RollbackResult> {
  const levels = options.levels ?? ['switch', 'rows']
  if (levels.includes('restore')) return rollbackByRestore(options, levels)
  const session = await options.target.openSession()
  let run: Run
  const results: RollbackRowsResult[] = []
  try {
    run = await findRun(session, { transfer: options.transfer.name, runId: options.runId, kind: 'transfer' })
    const family = await withRetries(session, run)
    if (options.dryRun === true) {
      for (const member of family) results.push(await dryRun(session, options, member))
      return {
        runId: run.id,
        status: 'dry_run',
        statements: describeLevels(levels, run),
        rows: addResults(results),
        migrations: [],
        exitCode: 0,
      }
    }
    for (const member of family) if (member.status !== 'rolled_back') results.push(await undoMember(session, options, member))
    run = await readRun(session, run.id)
  } finally {
    await session.close()
  }
  const rows = addResults(results)
  const kept = Object.values(rows.keptCount).reduce((sum, count) => sum + count, 0)
  const migrations = levels.includes('schema') ? await takeBackSchema(options, run, kept) : []
  return { runId: run.id, status: 'rolled_back', statements: describeLevels(levels, run), rows, migrations, exitCode: kept > 0 ? 1 : 0 }
}

/** The backup holds rows, schema and all, so the other levels have nothing left to do; the configuration goes back with it. */
async function rollbackByRestore(options: RollbackOptions, levels: readonly RollbackLevel[]): Promise<RollbackResult> {
  const dry = options.dryRun === true
  const { runId } = dry ? options : await restoreTransfer(options)
  const session = await options.target.openSession()
  try {
    const run = await findRun(session, { transfer: options.transfer.name, runId, kind: 'transfer' })
    return { runId: run.id, status: dry ? 'dry_run' : 'rolled_back', statements: describeLevels(levels, run), migrations: [], exitCode: 0 }
  } finally {
    await session.close()
  }
}

/** Retries newest first, then the run itself. */
async function withRetries(session: Session, run: Run): Promise<readonly Run[]> {
  const runs = await listRuns(session, { transfer: run.transfer })
  return [...runs.filter(({ parentId }) => parentId === run.id), run]
}

async function undoMember(session: Session, options: RollbackOptions, member: Run): Promise<RollbackRowsResult> {
  const ttlMs = LEASE_TTL_MS
  const lease = await takeLease(session, member.id, { owner: ownerName(), ttlMs })
  const folder = member.facts.folder ?? runFolder(options.transfer.folder, member.id)
  const opened = openPlace(options, { runId: member.id, source: rejectSource(member.sourceFingerprint), folder })
  try {
    const open = new OpenRun(opened.place, { session, lease, run: await readRun(session, member.id) })
    if (open.run.status === 'running' && open.run.request !== null) await open.refresh()
    return await undoRun(open, { force: options.force === true })
  } finally {
    await dropLease(session, lease).catch(() => {})
    opened.close()
  }
}

async function dryRun(session: Session, options: RollbackOptions, member: Run): Promise<RollbackRowsResult> {
  const steps = await readSteps(session, member.id)
  const tables = new Map<string, TableInfo>()
  for (const { table: name } of steps) {
    const table = await session.dialect.readTable(session, name)
    if (table !== undefined) tables.set(name, table)
  }
  return rollbackRows({
    target: options.target,
    session,
    run: member,
    steps,
    tables,
    lease: { runId: member.id, token: member.leaseToken, owner: '' },
    leaseTtlMs: LEASE_TTL_MS,
    dryRun: true,
    force: options.force === true,
    report: () => {},
  })
}

async function takeBackSchema(options: RollbackOptions, run: Run, kept: number): Promise<readonly string[]> {
  if (kept > 0 && options.lossy !== true) {
    throw new FerryError('FERRY_ROLLBACK_REFUSED', `the schema stays: ${kept} rows were kept, and taking the tables back would lose them`, {
      hint: 'Look at them with `ferry rollback --dry-run`; `--lossy` takes the tables back all the same.',
    })
  }
  return rollbackSchema({ target: options.target, run, lossy: options.lossy === true })
}

function addResults(results: readonly RollbackRowsResult[]): RollbackRowsResult {
  const add = (pick: (result: RollbackRowsResult) => Readonly<Record<string, number>>) => {
    const sum: Record<string, number> = {}
    for (const result of results) for (const [table, count] of Object.entries(pick(result))) sum[table] = (sum[table] ?? 0) + count
    return sum
  }
  return {
    deleted: add(({ deleted }) => deleted),
    restored: add(({ restored }) => restored),
    keptCount: add(({ keptCount }) => keptCount),
    gone: add(({ gone }) => gone),
    kept: results.flatMap(({ kept }) => kept).slice(0, 100),
    forced: results.flatMap(({ forced }) => forced ?? []).slice(0, 100),
  }
}
