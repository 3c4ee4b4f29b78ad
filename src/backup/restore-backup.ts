import { FerryError, isFerryError } from '../core/errors.ts'
import type { Target } from '../target/target.ts'
import type { Backup } from './create-backup.ts'
import { readManifest } from './manifest.ts'
import { restoreMysql } from './restore-mysql.ts'
import { restorePostgres } from './restore-postgres.ts'
import { restoreSqlite } from './restore-sqlite.ts'
import { verifyBackup } from './verify-backup.ts'

export interface RestoreBackupOptions {
  /** May be open, with no session lent and no transaction under way. */
  readonly target: Target
  /** Path of the manifest. */
  readonly manifest: string
  /** Time to wait for the locks of other processes, in ms; default 10 s. */
  readonly lockWaitMs?: number
  /** Obeyed before the first change; SQLite: until the commit. */
  readonly signal?: AbortSignal
  /** SQLite: pages still to copy, between pieces. */
  readonly onPages?: (progress: { readonly totalPages: number; readonly remainingPages: number }) => void
}

export interface RestoredBackup {
  readonly backup: Backup
  /** Where a target file that was no readable database was put aside. */
  readonly putAside?: string
}

const RESTORERS = { sqlite: restoreSqlite, postgres: restorePostgres, mysql: restoreMysql }

/**
 * Checks a backup, then puts the whole target back to it, and checks the target. SQLite and PostgreSQL: one transaction, so a kill at any moment
 * leaves the old content or the new; MySQL commits as it goes, so a killed restore is finished by calling this again.
 * Everything written after the backup is lost, the ferry_* tables' own rows included; see restoreTransfer for a run's way back.
 * @throws FERRY_BACKUP_INVALID (nothing was touched), FERRY_TARGET_LOCKED, FERRY_RESTORE_FAILED
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<RestoredBackup> {
  const { target } = options
  const backup = await verifyBackup(options.manifest, options.signal === undefined ? {} : { signal: options.signal })
  if (backup.engine !== target.engine) {
    throw new FerryError('FERRY_RESTORE_FAILED', `the backup is of ${backup.engine}, the target is ${target.engine}`, {
      hint: '`ferry backup list` names the backups with their engines; --env chooses the target.',
    })
  }
  options.signal?.throwIfAborted()
  try {
    const putAside = await RESTORERS[target.engine](options, { backup, manifest: await readManifest(options.manifest) })
    return { backup, ...(putAside === undefined ? {} : { putAside }) }
  } catch (error) {
    if (isFerryError(error) || (options.signal?.aborted === true && error === options.signal.reason)) throw error
    throw new FerryError('FERRY_RESTORE_FAILED', `the backup ${backup.id} could not be put back into ${target.label}`, {
      hint: 'Check free space and rights of the database and its folder, then run the same command again.',
      cause: error,
    })
  }
}
