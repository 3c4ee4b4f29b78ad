import { chmod, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FerryError } from '../core/errors.ts'
import { hashFile } from '../snapshot/hash-file.ts'
import type { Backup } from './create-backup.ts'
import { invalid, type Manifest } from './manifest.ts'
import { syncFile, syncFolder } from './replace-file.ts'
import type { RestoreBackupOptions } from './restore-backup.ts'
import { copyPages, openSqliteFile, type SqliteConnection, sqliteCode, toSqlitePath } from './sqlite-connection.ts'

interface Restorable {
  readonly backup: Backup
  readonly manifest: Manifest
}

/**
 * Puts a SQLite database back in place: SQLite itself writes the backup's pages over it in one transaction. A rename under processes that have
 * the database open would leave them on the unlinked file, whose write-ahead log they then write, or delete, by its name
 * (https://www.sqlite.org/howtocorrupt.html#unlink); this way they see the restored rows with their next statement, a kill at any
 * moment leaves the old content or the new, and a lock of another process is waited for.
 * Only where there is no database to write into is the file itself replaced. Resolves with where a damaged one was put aside.
 */
export async function restoreSqlite(options: RestoreBackupOptions, { backup, manifest }: Restorable): Promise<string | undefined> {
  const { target } = options
  if (target.file === undefined || target.file === ':memory:' || target.file === '') {
    throw new FerryError('FERRY_RESTORE_FAILED', 'a database in memory cannot be put back: it ends with its connection', {
      hint: 'Restore into a file: point the knexfile at one.',
    })
  }
  const file = toSqlitePath(target.file)
  const source = await openSqliteFile(backup.path, { readOnly: true })
  try {
    const inPlace = (await exists(file)) && (await tryInPlace(source, file, options))
    const putAside = inPlace ? undefined : await replaceDatabase(source, file, { options, backup, manifest })
    await settle(file)
    return putAside
  } finally {
    source.close()
  }
}

/** False where the file is no database that SQLite can write into. */
async function tryInPlace(source: SqliteConnection, file: string, options: RestoreBackupOptions): Promise<boolean> {
  const waitMs = options.lockWaitMs ?? 10_000
  const copy = () =>
    copyPages(source, { to: file, waitMs, signal: options.signal, ...(options.onPages ? { onPages: options.onPages } : {}) })
  try {
    await copy()
    return true
  } catch (error) {
    const code = sqliteCode(error)
    if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) return false
    if (!code.startsWith('SQLITE_READONLY')) throw error
  }
  // A write-ahead log cannot take pages of another size: it is folded back first, which needs the database for us alone.
  const wasWal = await leaveWal(file, waitMs)
  await copy()
  if (wasWal) await enterWal(file)
  return true
}

async function leaveWal(file: string, waitMs: number): Promise<boolean> {
  const database = await openSqliteFile(file)
  try {
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') return false
    database.pragma(`busy_timeout = ${Math.trunc(waitMs)}`)
    database.pragma('journal_mode = DELETE')
    return true
  } catch (error) {
    if (!sqliteCode(error).startsWith('SQLITE_BUSY')) throw error
    throw new FerryError('FERRY_TARGET_LOCKED', 'other processes have the database open, and its page size differs from the backup’s', {
      hint: 'Stop them, then run the same command again.',
      cause: error,
    })
  } finally {
    database.close()
  }
}

async function enterWal(file: string): Promise<void> {
  const database = await openSqliteFile(file)
  try {
    database.pragma('journal_mode = WAL')
  } finally {
    database.close()
  }
}

/** Writes the database beside, puts what was there aside, renames. A kill in between leaves no database at all: the next call comes here again. */
async function replaceDatabase(
  source: SqliteConnection,
  file: string,
  { options, backup, manifest }: Restorable & { readonly options: RestoreBackupOptions },
): Promise<string | undefined> {
  const beside = `${file}.ferry-restore`
  for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${beside}${end}`, { force: true })
  await copyPages(source, { to: beside, waitMs: 0, signal: options.signal, ...(options.onPages ? { onPages: options.onPages } : {}) })
  if ((await hashFile(beside)).bytes === 0) throw invalid(`${backup.path} holds no pages`)
  if (manifest.journalMode === 'wal') await enterWal(beside)
  const old = await stat(file).catch(() => undefined)
  await chmod(beside, old === undefined ? 0o600 : old.mode & 0o777)
  await syncFile(beside)
  const aside = `${file}.damaged-${backup.id}`
  // A log left beside would be replayed into the new file, so it goes first; it belongs to the file that is put aside.
  for (const end of ['-wal', '-journal', '']) {
    if (await exists(`${file}${end}`)) await rename(`${file}${end}`, `${aside}${end}`)
  }
  await rm(`${file}-shm`, { force: true })
  await rename(beside, file)
  await syncFolder(dirname(file))
  return old === undefined ? undefined : aside
}

/** Checks the database and makes it survive a power cut. */
async function settle(file: string): Promise<void> {
  const database = await openSqliteFile(file)
  try {
    const found = database.pragma('integrity_check(1)', { simple: true })
    if (found !== 'ok') {
      throw new FerryError('FERRY_RESTORE_FAILED', 'the restored database does not pass SQLite’s integrity check', {
        hint: 'Its disk loses what is written to it: restore the same backup to another place.',
      })
    }
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') return
    database.pragma('synchronous = FULL')
    const [checkpoint] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    // A reader keeps the log in use: then the log itself is made durable.
    if (checkpoint?.busy !== 0 && (await exists(`${file}-wal`))) await syncFile(`${file}-wal`)
  } finally {
    database.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
