import type { Knex } from 'knex'
import { FerryError } from '../core/errors.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { listRuns } from '../state/runs.ts'
import { hasState } from '../state/state-tables.ts'
import { listMigrations } from '../target/migration-source.ts'
import type { Target } from '../target/target.ts'
import { TRANSFER_MIGRATION } from './apply-migrations.ts'
import { isUnfinished } from './find-run.ts'
import { isRecorded, withoutKnexLock } from './knex-lock.ts'
import { openTarget, resumeTransfer, rollbackTransfer, startTransfer } from './operations.ts'
import type { RollbackResult } from './rollback-transfer.ts'
import type { RunResult, TransferOptions } from './run-options.ts'

/** What a Knex migration file exports. */
export interface TransferMigration {
  up(knex: Knex): Promise<void>
  down(knex: Knex): Promise<void>
  readonly config: { readonly transaction: false }
}

export interface TransferMigrationOptions {
  readonly source?: SourceAdapter
  readonly noBackup?: boolean
  /** File whose default export is the transfer: lets worker threads load it. */
  readonly definitionFile?: string
  readonly maxRejects?: NonNullable<TransferOptions['maxRejects']>
  /** Receives the events of `up` and of `down`; must not throw. */
  readonly onEvent?: NonNullable<TransferOptions['onEvent']>
}

/**
 * Makes a transfer a Knex migration: `export const { up, down, config } = transferMigration(definition)`.
 * `up` carries the data in the run's own transactions; killed and typed again it resumes, without `migrate:unlock`.
 * `down` takes out exactly what the run wrote; it throws FERRY_ROLLBACK_KEPT_ROWS when rows must stay (`FERRY_FORCE=1` takes edited ones too).
 * Both throw FERRY_MIGRATE_FAILED when the file does not export `config`: Knex would then wrap the whole transfer in one transaction.
 */
export function transferMigration(transfer: ResolvedTransfer, options: TransferMigrationOptions = {}): TransferMigration {
  const given = { transfer, ...options }
  const up = (knex: Knex) =>
    showing(async () => {
      await withTarget(knex, (target) => carryUp({ ...given, target }))
      await assertNotRecorded(knex, up)
    })
  const down = (knex: Knex) => showing(() => withTarget(knex, (target) => takeDown({ ...given, target })))
  // Marks the function, which the file must export, so that `--migrate` never runs a transfer inside a transfer.
  return { up: Object.assign(up, { [TRANSFER_MIGRATION]: true }), down, config: { transaction: false } }
}

/** Our lease guards the run; Knex's lock row would outlive a kill and refuse the next start, so it is free from the first moment to the last. */
async function withTarget(knex: Knex, work: (target: Target) => Promise<void>): Promise<void> {
  assertNoTransaction(knex)
  await withoutKnexLock(knex, async () => {
    const target = await openTarget({ knex })
    try {
      await work(target)
    } finally {
      await target.close()
    }
  })
}

/** Knex's command prints the stack and nothing else: code and hint would not be seen otherwise. */
async function showing(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof FerryError) {
      Object.defineProperty(error, 'stack', { value: `${error.code}: ${error.message}\nhint: ${error.hint}`, configurable: true })
    }
    throw error
  }
}

function assertNoTransaction(knex: Knex): void {
  if (knex.isTransaction !== true) return
  throw new FerryError('FERRY_MIGRATE_FAILED', 'Knex wrapped this migration in a transaction: a kill would lose everything', {
    hint: 'Export all three: `export const { up, down, config } = transferMigration(definition)`.',
  })
}

async function carryUp(options: TransferOptions): Promise<void> {
  // A run that `ferry transfer --migrate` began and left goes on here without: Knex itself is migrating.
  const settled = await carry({ ...options, migrate: false })
  assertCarried(settled, options.transfer)
}

async function carry(options: TransferOptions): Promise<RunResult | 'done'> {
  const newest = await newestRun(options.target, options.transfer)
  if (newest?.status.startsWith('completed')) return 'done'
  if (newest === undefined || !isUnfinished(newest)) return startTransfer(options)
  if (newest.status !== 'rolling_back') return resumeTransfer({ ...options, runId: newest.id })
  await rollbackTransfer({ ...workplaceOf(options), runId: newest.id })
  return startTransfer(options)
}

async function newestRun(target: Target, transfer: ResolvedTransfer) {
  const session = await target.openSession()
  try {
    if (!(await hasState(session))) return undefined
    return (await listRuns(session, { transfer: transfer.name })).find(({ kind }) => kind === 'transfer')
  } finally {
    await session.close()
  }
}

function assertCarried(settled: RunResult | 'done', transfer: ResolvedTransfer): void {
  if (settled === 'done' || settled.status === 'completed' || settled.status === 'completed_with_rejects') return
  const { error } = settled
  throw new FerryError(
    'FERRY_MIGRATE_FAILED',
    `${transfer.name} is ${settled.status}: ${error === undefined ? 'it was stopped' : `${error.code}: ${error.message}`}`,
    {
      hint: error?.hint ?? 'Type the same knex command again: the run goes on after its last batch.',
    },
  )
}

/** While the lock was free another knex command may have recorded this migration; Knex would record it a second time. */
async function assertNotRecorded(knex: Knex, up: TransferMigration['up']): Promise<void> {
  for (const { name, load } of await listMigrations(knex)) {
    const module = await load()
    if (typeof module !== 'object' || module === null || !('up' in module) || module.up !== up) continue
    if (!(await isRecorded(knex, name))) return
    throw new FerryError('FERRY_MIGRATE_FAILED', `another knex command has recorded ${name} meanwhile`, {
      hint: 'The data is in and the migration is recorded; type the same command again for those that follow.',
    })
  }
}

async function takeDown(options: TransferOptions): Promise<void> {
  const newest = await newestRun(options.target, options.transfer)
  if (newest === undefined || newest.status === 'rolled_back') return
  const force = process.env.FERRY_FORCE === '1'
  const rollback = { ...workplaceOf(options), runId: newest.id, force }
  if (!force) assertNothingKept(await rollbackTransfer({ ...rollback, dryRun: true }))
  await rollbackTransfer(rollback)
}

/** @throws FERRY_ROLLBACK_KEPT_ROWS listing up to ten of them */
function assertNothingKept({ rows }: RollbackResult): void {
  const kept = Object.entries(rows?.keptCount ?? {}).filter(([, count]) => count > 0)
  if (kept.length === 0) return
  const some = (rows?.kept ?? []).slice(0, 10).map(({ table, key, why }) => `${table} ${key} (${why})`)
  throw new FerryError(
    'FERRY_ROLLBACK_KEPT_ROWS',
    `rows must stay: ${kept.map(([table, count]) => `${count} of ${table}`).join(', ')}; ${some.join('; ')}`,
    {
      hint: 'Nothing was taken out. `FERRY_FORCE=1 npx knex migrate:down` takes out the rest, edited rows included; rows that others refer to stay.',
    },
  )
}

function workplaceOf({ transfer, target, onEvent }: TransferOptions) {
  return { transfer, target, ...(onEvent === undefined ? {} : { onEvent }) }
}
