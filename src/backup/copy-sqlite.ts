import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { FerryError } from '../core/errors.ts'
import type { CopyFacts, CreateBackupOptions } from './create-backup.ts'
import { copyPages, openSqliteFile, type SqliteConnection, toSqlitePath } from './sqlite-connection.ts'
import { driverVersion, migrationTable } from './target-facts.ts'

const COPY = 'database.sqlite'
const LOCK_WAIT_MS = 30_000

/** Copies a SQLite database at one moment of its life, the app's commits going on meanwhile, and checks the copy. */
export async function copySqlite(options: CreateBackupOptions, folder: string): Promise<CopyFacts> {
  const { target, session } = options
  const path = join(folder, COPY)
  let journalMode = 'memory'
  if (target.file === undefined || target.file === ':memory:' || target.file === '') {
    await session.run('VACUUM INTO ?', [path]) // lives in this one connection alone
  } else {
    journalMode = await copyFromFile(toSqlitePath(target.file), path, options)
  }
  await chmod(path, 0o600)
  const copy = await openSqliteFile(path)
  try {
    copy.pragma('journal_mode = DELETE') // one file that stands alone
    assertWhole(copy)
    return {
      file: COPY,
      engineVersion: String(copy.prepare('SELECT sqlite_version()').pluck().get()),
      driver: { name: 'better-sqlite3', version: driverVersion('better-sqlite3') },
      journalMode,
      migrations: readMigrations(copy, migrationTable(target)),
      rows: countRows(copy),
    }
  } finally {
    copy.close()
  }
}

async function copyFromFile(file: string, path: string, options: CreateBackupOptions): Promise<string> {
  const source = await openSqliteFile(file)
  try {
    const mode = String(source.pragma('journal_mode', { simple: true }))
    if (mode === 'wal') {
      // A read transaction fixes the moment: commits of others neither show in the copy nor start it over, and wait for nothing.
      source.exec('BEGIN')
      source.prepare('SELECT count(*) FROM sqlite_schema').get()
    }
    await copyPages(source, {
      to: path,
      waitMs: LOCK_WAIT_MS,
      signal: options.signal,
      onRestart: () =>
        options.report({ type: 'notice', text: 'backup: the app writes all the time, so its commits wait while the rest is copied' }),
    })
    return mode
  } finally {
    source.close()
  }
}

/** @throws FERRY_BACKUP_FAILED when the copy is damaged, as its original is then */
function assertWhole(copy: SqliteConnection): void {
  const problems = copy.pragma('integrity_check(10)', { simple: false }) as { integrity_check: string }[]
  if (problems.length === 1 && problems[0]?.integrity_check === 'ok') return
  throw new FerryError('FERRY_BACKUP_FAILED', `the copy did not pass SQLite's integrity check: ${problems.length} problems or more`, {
    hint: 'The database itself is damaged: see `PRAGMA integrity_check`, and mend it (`.recover` of the sqlite3 shell) before anything is moved.',
  })
}

function readMigrations(copy: SqliteConnection, table: string): string[] {
  if (copy.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) === undefined) return []
  return copy
    .prepare(`SELECT name FROM "${table.replaceAll('"', '""')}" ORDER BY id`)
    .pluck()
    .all()
    .map(String)
}

function countRows(copy: SqliteConnection): Record<string, number> {
  const names = copy.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").pluck().all()
  const rows: Record<string, number> = {}
  for (const name of names.map(String).sort()) {
    try {
      rows[name] = Number(
        copy
          .prepare(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
          .pluck()
          .get(),
      )
    } catch {
      // a virtual table whose module only the app loads: copied like the rest, not counted
    }
  }
  return rows
}
