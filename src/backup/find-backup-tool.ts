import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { FerryError } from '../core/errors.ts'
import type { EngineName } from '../target/target.ts'

/** A program that backups need. */
export interface BackupTool {
  readonly name: string
  /** Path found; undefined where it is not installed. */
  readonly path: string | undefined
  /** Packages that bring it. */
  readonly packages: string
}

export type ToolUse = 'dump' | 'restore' | 'script'

/** Names in order of preference. `script` runs SQL text: PostgreSQL's restore needs it beside pg_restore. */
const TOOLS: Readonly<Record<'postgres' | 'mysql', { readonly packages: string } & Readonly<Record<ToolUse, readonly string[]>>>> = {
  postgres: { dump: ['pg_dump'], restore: ['pg_restore'], script: ['psql'], packages: 'postgresql-client' },
  mysql: {
    dump: ['mariadb-dump', 'mysqldump'],
    restore: ['mariadb', 'mysql'],
    script: ['mariadb', 'mysql'],
    packages: 'mariadb-client or mysql-client',
  },
}

/** The program that dumps (or restores) a database of this engine; undefined where the driver does it itself (SQLite). */
export async function findBackupTool(
  engine: EngineName,
  use: ToolUse = 'dump',
  path = process.env.PATH ?? '',
): Promise<BackupTool | undefined> {
  if (engine === 'sqlite') return undefined
  const { packages, [use]: names } = TOOLS[engine]
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, name)
      if (folder !== '' && (await isRunnable(file))) return { name, path: file, packages }
    }
  }
  return { name: names.join(' or '), path: undefined, packages }
}

/** As findBackupTool, of a server's engine. @throws FERRY_BACKUP_FAILED naming the package */
export async function requireBackupTool(engine: 'postgres' | 'mysql', use: ToolUse = 'dump'): Promise<{ name: string; path: string }> {
  const tool = await findBackupTool(engine, use)
  if (tool?.path !== undefined) return { name: tool.name, path: tool.path }
  throw new FerryError('FERRY_BACKUP_FAILED', `${tool?.name ?? use} is not installed`, {
    hint: `Install ${tool?.packages ?? 'it'}, or run with --no-backup.`,
  })
}

async function isRunnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
