import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CopyFacts, CreateBackupOptions } from './create-backup.ts'
import { requireBackupTool } from './find-backup-tool.ts'
import { invalid } from './manifest.ts'
import { readTail, runForText, runToFile } from './run-tool.ts'
import { readServerAddress, type ServerAddress } from './server-address.ts'
import { readServerFacts } from './server-facts.ts'
import { driverVersion } from './target-facts.ts'

const DUMP = 'database.sql'

/** Dumps a MySQL or MariaDB database in one consistent read, while the app writes on. */
export async function copyMysql(options: CreateBackupOptions, folder: string): Promise<CopyFacts> {
  const { session, target, signal } = options
  const tool = await requireBackupTool('mysql')
  const version = await runForText({ ...tool, args: ['--version'] })
  const address = await readServerAddress(target)
  const facts = await readServerFacts(session, target)
  const path = join(folder, DUMP)
  await withOptionFile(folder, address, (file) => {
    const args = [
      `--defaults-extra-file=${file}`,
      '--single-transaction',
      '--routines',
      '--triggers',
      '--events',
      '--hex-blob',
      '--no-tablespaces',
      '--default-character-set=utf8mb4',
      // MySQL's own program would write the server's replication state into the dump; MariaDB's does not know the option.
      ...(/mariadb/i.test(version) ? [] : ['--set-gtid-purged=OFF']),
      address.database,
    ]
    return runToFile({ ...tool, args, signal }, path)
  })
  await assertMysqlDump(path)
  const [server] = await session.all<{ version: string }>('select version() as version')
  return {
    file: DUMP,
    engineVersion: String(server?.version ?? ''),
    driver: { name: 'mysql2', version: driverVersion('mysql2') },
    tool: version,
    ...facts,
  }
}

/** Runs `work` with a file of 0600 that holds the address and the password, removed afterwards (https://mariadb.com/kb/en/configuring-mariadb-with-option-files/). */
export async function withOptionFile<T>(folder: string, address: ServerAddress, work: (file: string) => Promise<T>): Promise<T> {
  const file = join(folder, `.client-${process.pid}.cnf`)
  const named = {
    ...(address.socket === undefined ? { host: address.host, port: address.port, protocol: 'tcp' } : { socket: address.socket }),
    user: address.user,
    password: address.password,
    ...(address.ssl ? { ssl: '1' } : {}),
  }
  const lines = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoteOption(value)}`]))
  await writeFile(file, `[client]\n${lines.join('\n')}\n`, { mode: 0o600 })
  try {
    return await work(file)
  } finally {
    await rm(file, { force: true })
  }
}

function quoteOption(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** @throws FERRY_BACKUP_INVALID when the dump's last line, which says that it is complete, is not there */
export async function assertMysqlDump(path: string): Promise<void> {
  if (!/^-- Dump completed/m.test(await readTail(path, 400))) throw invalid(`${path} ends early`)
}
