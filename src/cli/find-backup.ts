import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup } from '../backup/create-backup.ts'
import { listBackups } from '../backup/list-backups.ts'
import { MANIFEST_FILE, readManifest, toBackup } from '../backup/manifest.ts'
import { usageError } from './usage-error.ts'

/** The backup a person names: by the path of its manifest or folder, by its id or the beginning of it; the newest where none is named. @throws FERRY_CLI_USAGE */
export async function findBackup(folder: string, named: string | undefined): Promise<Backup> {
  if (named !== undefined && existsSync(named)) {
    const path = statSync(named).isDirectory() ? join(named, MANIFEST_FILE) : named
    return toBackup(path, await readManifest(path))
  }
  const backups = await listBackups(folder)
  const fitting = named === undefined ? backups.slice(0, 1) : backups.filter(({ id }) => id.startsWith(named))
  const [backup, second] = fitting
  if (backup === undefined) {
    throw usageError(
      named === undefined ? `there is no backup in ${folder}` : `there is no backup ${named}`,
      'ferry backup list shows those there are',
    )
  }
  if (second !== undefined)
    throw usageError(`${fitting.length} backups begin with ${named}`, 'give more of the id; ferry backup list shows them')
  return backup
}
