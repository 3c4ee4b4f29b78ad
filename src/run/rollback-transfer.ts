import type { RollbackRowsResult } from '../rollback/rollback-rows.ts'
import { rollbackRows } from '../rollback/rollback-rows.ts'
import { dropLease, holdLease, ownerName, takeLease } from '../state/lease.ts'
import { addFacts, listRuns, type Run, readRun } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import { revertSwitch } from '../switch/revert-switch.ts'
import type { Session, TableInfo } from '../target/target.ts'
import { rejectSource } from './conduct-retry.ts'
import { describeLevels, type LevelStatement, orderLevels, type RollbackLevel } from './describe-levels.ts'
import { renewReport } from './find-report.ts'
import { findRun } from './find-run.ts'
import { foretellRestore, type RestoredTable } from './foretell-restore.ts'
import { LEASE_TTL_MS, openPlace, runFolder } from './new-place.ts'
import { OpenRun } from './open-run.ts'
import { restoreTransfer } from './restore-transfer.ts'
import type { Workplace } from './run-options.ts'
import { takeSchemaBack } from './take-schema-back.ts'
import { undoRun } from './undo-run.ts'

export type { RollbackLevel } from './describe-levels.ts'

export interface RollbackOptions extends Workplace {
  readonly runId?: string
  /** Exactly what is taken back; default: switch and rows. `schema` brings `rows` with it, `restore` brings `switch`. */
  readonly levels?: readonly RollbackLevel[]
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly lossy?: boolean
}

export interface RollbackResult {
  readonly runId: string
  /** `switched_back`: the level `switch` alone; the rows and the run are as they were. */
  readonly status: 'rolled_back' | 'dry_run' | 'rolling_back' | 'switched_back'
  /** The levels worked through, in order. */
  readonly levels: readonly RollbackLevel[]
  /** What each level did or would do; what is exact, restorable or lost. */
  readonly statements: readonly LevelStatement[]
  readonly rows?: RollbackRowsResult
  /** Migrations taken back, or to be taken back, in order. */
  readonly migrations: readonly string[]
  /** Configuration files put back, or to be put back. */
  readonly switched: readonly string[]
  /** Dry run of `restore`: rows of each table now, and in the backup. */
  readonly tables?: readonly RestoredTable[]
  readonly exitCode: number
}

/** Undoes a run; its retries first. @throws FERRY_RUN_NOT_FOUND, FERRY_ROLLBACK_REFUSED, FERRY_RUN_OWNED, FERRY_SWITCH_CONFLICT */
export async function rollbackTransfer(options: RollbackOptions): Promise<RollbackResult> {
  const result = await rollBack(options, orderLevels(options.levels))
  if (options.dryRun !== true) await renewReport({ ...options, runId: result.runId }).catch(() => {}) // `ferry report` makes it again
  return result
}

async function rollBack(options: RollbackOptions, levels: readonly RollbackLevel[]): Promise<RollbackResult> {
  if (levels.includes('restore')) return rollbackByRestore(options, levels)
  const session = await options.target.openSession()
  let run: Run
  let told: RollbackResult
  const results: RollbackRowsResult[] = []
  try {
    run = await findRun(session, { transfer: options.transfer.name, runId: options.runId, kind: 'transfer' })
    const switched = levels.includes('switch') ? await switchedFiles(options, run) : []
    const statements = describeLevels(levels, run)
    if (options.dryRun === true) return await tellBeforehand(session, options, { run, levels, statements, switched })
    if (!levels.includes('rows')) {
      await switchBack(session, options, run)
      return { runId: run.id, status: 'switched_back', levels, statements, migrations: [], switched, exitCode: 0 }
    }
    for (const member of await withRetries(session, run)) {
      if (member.status !== 'rolled_back') results.push(await undoMember(session, { ...options, levels }, member))
    }
    // The call that took the rows out may have left the configuration alone.
    if (run.status === 'rolled_back' && switched.length > 0) await switchBack(session, options, run)
    const rows = addResults(results)
    told = { runId: run.id, status: 'rolled_back', levels, statements, rows, migrations: [], switched, exitCode: hasKept(rows) ? 1 : 0 }
    run = await readRun(session, run.id)
  } finally {
    await session.close()
  }
  if (!levels.includes('schema')) return told
  const { target, lossy } = options
  return { ...told, migrations: await takeSchemaBack({ target, run, kept: told.rows?.keptCount ?? {}, lossy: lossy === true }) }
}

/** The backup holds rows, schema and all, so the other levels have nothing left to do; the configuration goes back with it. */
async function rollbackByRestore(options: RollbackOptions, levels: readonly RollbackLevel[]): Promise<RollbackResult> {
  const dry = options.dryRun === true
  const seen = dry ? await foretellRestore(options) : await restoreTransfer(options)
  const { runId, switched } = seen
  const session = await options.target.openSession()
  try {
    const run = await findRun(session, { transfer: options.transfer.name, runId, kind: 'transfer' })
    const statements = describeLevels(levels, run)
    const status = dry ? 'dry_run' : 'rolled_back'
    const tables = 'tables' in seen ? { tables: seen.tables } : {}
    return { runId: run.id, status, levels, statements, migrations: [], switched, exitCode: 0, ...tables }
  } finally {
    await session.close()
  }
}

interface Known {
  readonly run: Run
  readonly levels: readonly RollbackLevel[]
  readonly statements: readonly LevelStatement[]
  readonly switched: readonly string[]
}

/** What the levels would do; changes nothing. */
async function tellBeforehand(session: Session, options: RollbackOptions, known: Known): Promise<RollbackResult> {
  const { run, levels } = known
  const told = { ...known, runId: run.id, status: 'dry_run', exitCode: 0 } as const
  const migrations = levels.includes('schema') ? [...(run.facts.migrations ?? [])].reverse() : []
  if (!levels.includes('rows')) return { ...told, migrations }
  const results: RollbackRowsResult[] = []
  for (const member of await withRetries(session, run)) results.push(await dryRun(session, options, member))
  return { ...told, rows: addResults(results), migrations }
}

/** Files that would go back. @throws FERRY_SWITCH_CONFLICT */
async function switchedFiles({ transfer }: RollbackOptions, run: Run): Promise<readonly string[]> {
  const reverted = await revertSwitch({ cwd: process.cwd(), folder: folderOf(transfer.folder, run), dryRun: true })
  return reverted.map(({ file }) => file)
}

/** The level `switch` alone, under the run's lease. */
async function switchBack(session: Session, { transfer }: RollbackOptions, run: Run): Promise<void> {
  const lease = await takeLease(session, run.id, { owner: ownerName(), ttlMs: LEASE_TTL_MS })
  try {
    await revertSwitch({ cwd: process.cwd(), folder: folderOf(transfer.folder, run), dryRun: false })
    await session.begin()
    await addFacts(session, run.id, { switched: [] })
    await holdLease(session, lease, LEASE_TTL_MS)
    await session.commit()
  } catch (error) {
    if (session.inTransaction) await session.rollback()
    throw error
  } finally {
    await dropLease(session, lease).catch(() => {})
  }
}

function folderOf(folder: string, run: Run): string {
  return run.facts.folder ?? runFolder(folder, run.id)
}

function hasKept(rows: RollbackRowsResult): boolean {
  return Object.values(rows.keptCount).some((count) => count > 0)
}

/** Retries newest first, then the run itself. */
async function withRetries(session: Session, run: Run): Promise<readonly Run[]> {
  const runs = await listRuns(session, { transfer: run.transfer })
  return [...runs.filter(({ parentId }) => parentId === run.id), run]
}

async function undoMember(session: Session, options: RollbackOptions, member: Run): Promise<RollbackRowsResult> {
  const ttlMs = LEASE_TTL_MS
  const lease = await takeLease(session, member.id, { owner: ownerName(), ttlMs })
  const folder = folderOf(options.transfer.folder, member)
  const opened = openPlace(options, { runId: member.id, source: rejectSource(member.sourceFingerprint), folder })
  try {
    const open = new OpenRun(opened.place, { session, lease, run: await readRun(session, member.id) })
    if (open.run.status === 'running' && open.run.request !== null) await open.refresh()
    return await undoRun(open, { force: options.force === true, keepSwitch: options.levels?.includes('switch') !== true })
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
