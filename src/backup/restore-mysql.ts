import { createReadStream } from 'node:fs'
import { dirname } from 'node:path'
import type { Session, Target } from '../target/target.ts'
import type { Backup } from './create-backup.ts'
import { requireBackupTool } from './find-backup-tool.ts'
import { withMysqlOptions } from './mysql-options.ts'
import type { RestoreBackupOptions } from './restore-backup.ts'
import { runWithInput } from './run-tool.ts'
import { readServerAddress } from './server-address.ts'

/** Empties the database, then runs the dump. Every statement commits by itself there: a killed restore is finished by doing it again. */
export async function restoreMysql(options: RestoreBackupOptions, { backup }: { backup: Backup }): Promise<undefined> {
  const tool = await requireBackupTool('mysql', 'restore')
  const address = await readServerAddress(options.target)
  const waitSeconds = Math.max(1, Math.ceil((options.lockWaitMs ?? 10_000) / 1_000))
  const drops = await withSession(options.target, listDrops)
  const head = [`set session lock_wait_timeout = ${waitSeconds}`, 'set session foreign_key_checks = 0', ...drops]
  await withMysqlOptions(dirname(backup.path), address, (given) => {
    const args = [...given.args, '--default-character-set=utf8mb4', '--binary-mode', `--database=${address.database}`]
    return runWithInput({ ...tool, ...given, args }, joinScript(`${head.join(';\n')};\n`, backup.path))
  })
  return undefined
}

async function* joinScript(head: string, path: string): AsyncGenerator<string | Buffer> {
  // Newer dumps say in their first line that the client should refuse its own commands; it must stay first.
  yield head
  yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
}

async function withSession<T>(target: Target, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await target.openSession()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Statements that drop all tables, views and routines of the database. */
async function listDrops(session: Session): Promise<string[]> {
  const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``
  const tables = await session.all<{ name: string; kind: string }>(
    'select table_name as name, table_type as kind from information_schema.tables where table_schema = database()',
  )
  const routines = await session.all<{ name: string; kind: string }>(
    'select routine_name as name, routine_type as kind from information_schema.routines where routine_schema = database()',
  )
  return [
    ...tables.map(
      ({ name, kind }) => `drop ${kind === 'VIEW' ? 'view' : kind === 'SEQUENCE' ? 'sequence' : 'table'} if exists ${quote(String(name))}`,
    ),
    ...routines.map(({ name, kind }) => `drop ${kind === 'PROCEDURE' ? 'procedure' : 'function'} if exists ${quote(String(name))}`),
  ]
}
