import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FerryError, isFerryError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import { hashFile } from '../snapshot/hash-file.ts'
import type { Session, Target } from '../target/target.ts'
import { copyMysql } from './copy-mysql.ts'
import { copyPostgres } from './copy-postgres.ts'
import { copySqlite } from './copy-sqlite.ts'
import { type Manifest, writeManifest } from './manifest.ts'
import { syncFile, syncFolder } from './replace-file.ts'

/** A backup as its manifest tells it. */
export interface Backup {
  readonly id: string
  /** Path of the copy or dump. */
  readonly path: string
  /** Path of the manifest beside it. */
  readonly manifest: string
  readonly bytes: number
  readonly sha256: string
  readonly engine: string
  /** The target without secrets. */
  readonly target: string
  /** ms since 1970. */
  readonly createdAt: number
}

export interface CreateBackupOptions {
  readonly target: Target
  /** Not in a transaction. */
  readonly session: Session
  /** Folder of the transfer (`.ferry`); backups go to its `backups/`. */
  readonly folder: string
  readonly runId?: string
  readonly now: () => number
  readonly report: Report
  readonly signal?: AbortSignal
}

/** What the copier of an engine found while it copied. */
export type CopyFacts = Pick<Manifest, 'file' | 'engineVersion' | 'driver' | 'tool' | 'journalMode' | 'migrations' | 'rows'>

const COPIERS: Readonly<Record<Target['engine'], (options: CreateBackupOptions, folder: string) => Promise<CopyFacts>>> = {
  sqlite: copySqlite,
  postgres: copyPostgres,
  mysql: copyMysql,
}

/**
 * Copies the target while the app may write, checks the copy and writes its manifest, all in `backups/<id>/`, readable by this user alone.
 * A copy that was killed has no manifest and is no backup. On abort the copy is removed and the signal's reason thrown.
 * @throws FERRY_BACKUP_FAILED; FERRY_TARGET_LOCKED
 */
export async function createBackup(options: CreateBackupOptions): Promise<Backup> {
  const createdAt = options.now()
  const { id, folder } = await makeFolder(join(resolve(options.folder), 'backups'), createdAt).catch((cause: unknown) => {
    throw failedBackup(options.target.label, cause)
  })
  try {
    const facts = await COPIERS[options.target.engine](options, folder)
    const path = join(folder, facts.file)
    await syncFile(path)
    const hashed = await hashFile(path, options.signal)
    const backup = await writeManifest(folder, {
      $ferryBackup: 1,
      id,
      ...facts,
      ...hashed,
      engine: options.target.engine,
      target: options.target.label,
      createdAt,
      ...(options.runId === undefined ? {} : { runId: options.runId }),
    })
    await syncFolder(join(folder, '..'))
    return backup
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (isFerryError(error) || (options.signal?.aborted === true && error === options.signal.reason)) throw error
    throw failedBackup(options.target.label, error)
  }
}

function failedBackup(target: string, cause: unknown): FerryError {
  return new FerryError('FERRY_BACKUP_FAILED', `the copy of ${target} could not be made`, {
    hint: 'Check free space and rights of the folder of runs, then run the same command again; `--no-backup` goes on without.',
    cause,
  })
}

/** `20261122T203300123Z`; a second one of the same millisecond gets `-2`. */
async function makeFolder(parent: string, createdAt: number): Promise<{ id: string; folder: string }> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const stamp = new Date(createdAt).toISOString().replace(/[-:.]/g, '')
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? stamp : `${stamp}-${n}`
    try {
      await mkdir(join(parent, id), { mode: 0o700 })
      return { id, folder: join(parent, id) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}
