import { join } from 'node:path'
import type { CopyFacts, CreateBackupOptions } from './create-backup.ts'
import { requireBackupTool } from './find-backup-tool.ts'
import { invalid } from './manifest.ts'
import { withMysqlOptions } from './mysql-options.ts'
import { readTail, runForText, runToFile } from './run-tool.ts'
import { readServerAddress } from './server-address.ts'
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
  await withMysqlOptions(folder, address, (given) => {
    const args = [
      ...given.args,
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
    return runToFile({ ...tool, ...given, args, signal }, path)
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

/** @throws FERRY_BACKUP_INVALID when the dump's last line, which says that it is complete, is not there */
export async function assertMysqlDump(path: string): Promise<void> {
  if (!/^-- Dump completed/m.test(await readTail(path, 400))) throw invalid(`${path} ends early`)
}
