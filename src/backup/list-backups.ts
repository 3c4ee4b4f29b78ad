import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isFerryError } from '../core/errors.ts'
import type { Backup } from './create-backup.ts'
import { MANIFEST_FILE, readManifest, toBackup } from './manifest.ts'

/** Backups of a transfer's folder (`.ferry`), newest first. Folders without a readable manifest (a copy that was killed) are left out. */
export async function listBackups(folder: string): Promise<readonly Backup[]> {
  const parent = join(resolve(folder), 'backups')
  const names = await readdir(parent).catch(() => [])
  const backups: Backup[] = []
  for (const name of names) {
    const path = join(parent, name, MANIFEST_FILE)
    try {
      backups.push(toBackup(path, await readManifest(path)))
    } catch (error) {
      if (!isFerryError(error, 'FERRY_BACKUP_INVALID')) throw error
    }
  }
  return backups.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
}
