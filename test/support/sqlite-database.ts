import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'

/** A SQLite file of its own in a temporary folder. */
export interface SqliteDatabase {
  readonly folder: string
  readonly file: string
  readonly config: Knex.Config
  drop(): void
}

/** Makes the folder; the file comes with the first connection. */
export function createSqliteDatabase(): SqliteDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-sqlite-'))
  const file = join(folder, 'target.sqlite')
  return {
    folder,
    file,
    config: { client: 'better-sqlite3', connection: { filename: file } },
    drop: () => rmSync(folder, { recursive: true, force: true }),
  }
}
