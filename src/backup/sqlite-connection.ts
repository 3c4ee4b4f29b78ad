import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type BetterSqlite3 from 'better-sqlite3'
import { FerryError } from '../core/errors.ts'

export type SqliteConnection = BetterSqlite3.Database

/** A connection of our own beside the one Knex holds; the driver is imported on first use. */
export async function openSqliteFile(file: string, options: { readonly readOnly?: boolean } = {}): Promise<SqliteConnection> {
  const { default: Database } = await import('better-sqlite3')
  return new Database(file, { fileMustExist: true, readonly: options.readOnly === true, timeout: 10_000 })
}

/** Path of a database file that is given as a path or as a `file:` address. */
export function toSqlitePath(file: string): string {
  if (!file.startsWith('file:')) return resolve(file)
  const [address = ''] = file.split('?')
  return address.startsWith('file:/') ? fileURLToPath(address) : resolve(decodeURIComponent(address.slice('file:'.length)))
}

/** The code of a driver's error, `SQLITE_BUSY`; '' for any other. */
export function sqliteCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : ''
}

export interface CopyPagesOptions {
  /** Path written to: a new file, or a database whose content is replaced in one transaction of its own. */
  readonly to: string
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
  /** Called between pieces with pages still to copy. */
  readonly onPages?: (progress: { readonly totalPages: number; readonly remainingPages: number }) => void
  /** Told once, when others change the source so often that the rest is copied in one piece. */
  readonly onRestart?: () => void
}

const PIECE_PAGES = 1_000
const ALL_PAGES = 0x7fffffff
const MOST_RESTARTS = 3

/**
 * Copies all pages by SQLite's online backup (https://www.sqlite.org/backup.html). Complete, or the destination is as it was.
 * @throws FERRY_TARGET_LOCKED when the lock was not had within waitMs; the driver's errors
 */
export async function copyPages(from: SqliteConnection, options: CopyPagesOptions): Promise<void> {
  const deadline = Date.now() + options.waitMs
  for (;;) {
    if (await tryCopy(from, options)) return
    if (Date.now() >= deadline) {
      throw new FerryError('FERRY_TARGET_LOCKED', 'another process holds a lock on the database', {
        hint: 'Close it, or wait, and run the same command again.',
      })
    }
    await wait(50, undefined, options.signal === undefined ? {} : { signal: options.signal })
  }
}

/** False where a lock was in the way before the first page. */
async function tryCopy(from: SqliteConnection, options: CopyPagesOptions): Promise<boolean> {
  let restarts = 0
  let before = Number.POSITIVE_INFINITY
  try {
    const { totalPages } = await from.backup(options.to, {
      progress(pages) {
        options.signal?.throwIfAborted()
        options.onPages?.(pages)
        // A change by another connection starts the copy over; after some of that, the rest goes in one piece under the read lock.
        if (pages.remainingPages > before) restarts += 1
        before = pages.remainingPages
        if (restarts === MOST_RESTARTS) options.onRestart?.()
        return restarts >= MOST_RESTARTS ? ALL_PAGES : PIECE_PAGES
      },
    })
    // better-sqlite3 takes a lock that it did not get for "no pages remain": then it has not counted any either.
    return totalPages > 0
  } catch (error) {
    if (sqliteCode(error).startsWith('SQLITE_BUSY') || sqliteCode(error).startsWith('SQLITE_LOCKED')) return false
    throw error
  }
}
