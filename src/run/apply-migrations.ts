import { FerryError } from '../core/errors.ts'
import { listMigrations } from '../target/migration-source.ts'
import type { Target } from '../target/target.ts'
import { mendKnexLock } from './knex-lock.ts'

/** Name that the `up` made by transferMigration carries, so that a run never starts another run inside itself. */
export const TRANSFER_MIGRATION = 'ferryTransfer'

/** Names of the Knex migrations that are not applied yet, in order. @throws FERRY_MIGRATE_FAILED (transfer migrations among them are refused) */
export function listPending(target: Target): Promise<readonly string[]> {
  return explained(async () => {
    const migrations = await listMigrations(target.knex)
    const [, pending] = (await target.knex.migrate.list()) as [unknown, readonly { readonly file?: string }[]]
    const waiting = new Set(pending.map(({ file }) => file))
    const found = migrations.filter(({ name }) => waiting.has(name))
    for (const { name, load } of found) if (isTransferMigration(await load())) throw refused(name)
    return found.map(({ name }) => name)
  })
}

/** Applies pending Knex migrations of the target's knexfile; names in order. @throws FERRY_MIGRATE_FAILED (transfer migrations among them are refused) */
export function applyMigrations(target: Target): Promise<readonly string[]> {
  return explained(async () => {
    await listPending(target) // which makes Knex's tables
    await mendKnexLock(target.knex)
    const [, names] = (await target.knex.migrate.latest()) as [number, string[]]
    return names
  })
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof FerryError) throw cause
    throw new FerryError('FERRY_MIGRATE_FAILED', 'a pending Knex migration failed', {
      hint: 'Run `npx knex migrate:latest` to see it fail by itself; mend it, then `ferry resume`.',
      cause,
    })
  }
}

/** Those of `names` that are applied. */
export async function keepApplied(target: Target, names: readonly string[]): Promise<readonly string[]> {
  const [completed] = (await target.knex.migrate.list()) as [readonly { readonly name: string }[], unknown]
  const applied = new Set(completed.map(({ name }) => name))
  return names.filter((name) => applied.has(name))
}

/** Tells whether a migration's module is one of transferMigration's. */
export function isTransferMigration(module: unknown): boolean {
  const up = typeof module === 'object' && module !== null && 'up' in module ? module.up : undefined
  return typeof up === 'function' && TRANSFER_MIGRATION in up
}

function refused(name: string): FerryError {
  return new FerryError('FERRY_MIGRATE_FAILED', `${name} is itself a transfer: a run cannot start another inside itself`, {
    hint: 'Run `npx knex migrate:latest` instead; the migration carries the data by itself.',
  })
}
