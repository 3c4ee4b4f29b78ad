import { stat } from 'node:fs/promises'
import { hashFile } from '../snapshot/hash-file.ts'
import { assertMysqlDump } from './copy-mysql.ts'
import { assertPostgresDump } from './copy-postgres.ts'
import type { Backup } from './create-backup.ts'
import { invalid, type Manifest, readManifest, toBackup } from './manifest.ts'
import { openSqliteFile, sqliteCode } from './sqlite-connection.ts'

/** Checks a backup against its manifest: size, sha256, and that the engine can read it whole. @throws FERRY_BACKUP_INVALID */
export async function verifyBackup(manifestPath: string, options: { readonly signal?: AbortSignal } = {}): Promise<Backup> {
  const manifest = await readManifest(manifestPath)
  const backup = toBackup(manifestPath, manifest)
  const found = await stat(backup.path).catch((cause: unknown) => {
    throw invalid(`the copy ${backup.path} is not there`, cause)
  })
  if (found.size !== manifest.bytes) throw invalid(`${backup.path} has ${found.size} bytes, its manifest says ${manifest.bytes}`)
  const { sha256 } = await hashFile(backup.path, options.signal)
  if (sha256 !== manifest.sha256) throw invalid(`${backup.path} was changed: its sha256 is not the one of its manifest`)
  await assertReadable(backup.path, manifest)
  return backup
}

async function assertReadable(path: string, manifest: Manifest): Promise<void> {
  if (manifest.engine === 'postgres') return assertPostgresDump(path)
  if (manifest.engine === 'mysql') return assertMysqlDump(path)
  try {
    const copy = await openSqliteFile(path, { readOnly: true })
    try {
      if (copy.pragma('integrity_check(1)', { simple: true }) === 'ok') return
    } finally {
      copy.close()
    }
  } catch (error) {
    if (!sqliteCode(error).startsWith('SQLITE_')) throw error
    throw invalid(`${path} is no readable SQLite database`, error)
  }
  throw invalid(`${path} did not pass SQLite's integrity check`)
}
