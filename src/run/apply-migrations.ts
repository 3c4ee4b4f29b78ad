import { FerryError } from '../core/errors.ts'
import { listMigrations } from '../target/migration-source.ts'
import type { Target } from '../target/target.ts'

/** Name that the `up` made by transferMigration carries, so that a run never starts another run inside itself. */
export const TRANSFER_MIGRATION = 'ferryTransfer'

/** Applies pending Knex migrations of the target's knexfile; names in order. @throws FERRY_MIGRATE_FAILED (transfer migrations among them are refused) */
export async function applyMigrations(target: Target): Promise<readonly string[]> {
  try {
    await refuseTransferMigrations(target)
    const [, names] = (await target.knex.migrate.latest()) as [number, string[]]
    return names
  } catch (cause) {
    if (cause instanceof FerryError) throw cause
    throw new FerryError('FERRY_MIGRATE_FAILED', 'a pending Knex migration failed', {
      hint: 'Run `npx knex migrate:latest` to see it fail by itself; mend it, then `ferry resume`.',
      cause,
    })
  }
}

/** Tells whether a migration's module is one of transferMigration's. */
export function isTransferMigration(module: unknown): boolean {
  const up = typeof module === 'object' && module !== null && 'up' in module ? module.up : undefined
  return typeof up === 'function' && TRANSFER_MIGRATION in up
}

async function refuseTransferMigrations(target: Target): Promise<void> {
  const migrations = await listMigrations(target.knex)
  const [, pending] = (await target.knex.migrate.list()) as [unknown, readonly { readonly file?: string }[]]
  const waiting = new Set(pending.map(({ file }) => file))
  for (const { name, load } of migrations) {
    if (!waiting.has(name) || !isTransferMigration(await load())) continue
    throw new FerryError('FERRY_MIGRATE_FAILED', `${name} is itself a transfer: a run cannot start another inside itself`, {
      hint: 'Run `npx knex migrate:latest` instead; the migration carries the data by itself.',
    })
  }
}
