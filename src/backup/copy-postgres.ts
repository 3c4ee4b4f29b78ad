import { join } from 'node:path'
import type { Session } from '../target/target.ts'
import type { CopyFacts, CreateBackupOptions } from './create-backup.ts'
import { requireBackupTool } from './find-backup-tool.ts'
import { invalid } from './manifest.ts'
import { runForText, runToFile } from './run-tool.ts'
import { readServerAddress, type ServerAddress } from './server-address.ts'
import { readServerFacts } from './server-facts.ts'
import { driverVersion } from './target-facts.ts'

const DUMP = 'database.dump'

/** Dumps a PostgreSQL database by pg_dump, at the same moment at which its rows are counted, while the app writes on. */
export async function copyPostgres(options: CreateBackupOptions, folder: string): Promise<CopyFacts> {
  const { session, target, signal } = options
  const tool = await requireBackupTool('postgres')
  await requireBackupTool('postgres', 'restore')
  const env = toPostgresEnvironment(await readServerAddress(target))
  const path = join(folder, DUMP)
  const facts = await withSnapshot(session, async (snapshot) => {
    const args = ['--format=custom', '--no-password', `--snapshot=${snapshot}`]
    await runToFile({ ...tool, args, env, signal }, path)
    return readServerFacts(session, target)
  })
  await assertPostgresDump(path)
  const [server] = await session.all<{ version: string }>(`select current_setting('server_version') as version`)
  return {
    file: DUMP,
    engineVersion: String(server?.version ?? ''),
    driver: { name: 'pg', version: driverVersion('pg') },
    tool: await runForText({ ...tool, args: ['--version'] }),
    ...facts,
  }
}

/** Runs `work` in a transaction whose view of the database pg_dump shares (https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION). */
async function withSnapshot<T>(session: Session, work: (snapshot: string) => Promise<T>): Promise<T> {
  await session.begin()
  try {
    await session.run('set transaction isolation level repeatable read')
    await session.run('set local idle_in_transaction_session_timeout = 0') // it is idle while pg_dump works
    const [exported] = await session.all<{ name: string }>('select pg_export_snapshot() as name')
    return await work(String(exported?.name))
  } finally {
    await session.rollback()
  }
}

/** libpq's own variables (https://www.postgresql.org/docs/current/libpq-envars.html). */
export function toPostgresEnvironment(address: ServerAddress): Record<string, string> {
  const named = {
    PGHOST: address.socket ?? address.host,
    PGPORT: address.port,
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGDATABASE: address.database,
    PGSSLMODE: address.ssl ? 'require' : undefined,
  }
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** @throws FERRY_BACKUP_INVALID when pg_restore cannot read its table of contents */
export async function assertPostgresDump(path: string): Promise<void> {
  const tool = await requireBackupTool('postgres', 'restore')
  try {
    await runForText({ ...tool, args: ['--list', path] })
  } catch (error) {
    throw invalid(`${path} is no dump that pg_restore can read`, error)
  }
}
