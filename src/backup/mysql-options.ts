import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SECRET_FILE, type ToolCall } from './run-tool.ts'
import type { ServerAddress } from './server-address.ts'

/** What a call of a program of MySQL or MariaDB gets; `args` go before its other arguments. */
export type MysqlOptions = Required<Pick<ToolCall, 'args' | 'env'>> & Pick<ToolCall, 'secret'>

/**
 * Runs `work` with an option file that holds the address and the password (https://mariadb.com/kb/en/configuring-mariadb-with-option-files/).
 * It is a pipe, so that no kill can leave a password on a disk; on Windows, which has no name for one, a file in `folder`, removed afterwards.
 */
export async function withMysqlOptions<T>(folder: string, address: ServerAddress, work: (options: MysqlOptions) => Promise<T>): Promise<T> {
  const text = optionText(address)
  const windows = process.platform === 'win32'
  const file = windows ? join(folder, `.client-${process.pid}.cnf`) : SECRET_FILE
  const args = [`--defaults-extra-file=${file}`]
  // ~/.my.cnf is read after our file: another user or password there would win. The host's own options (/etc/my.cnf) stay in force.
  const env = { HOME: folder }
  if (!windows) return work({ args, env, secret: text })
  await writeFile(file, text, { mode: 0o600 })
  try {
    return await work({ args, env })
  } finally {
    await rm(file, { force: true })
  }
}

function optionText(address: ServerAddress): string {
  const named = {
    ...(address.socket === undefined ? { host: address.host, port: address.port, protocol: 'tcp' } : { socket: address.socket }),
    user: address.user,
    password: address.password,
    ...(address.ssl ? { ssl: '1' } : {}),
  }
  const lines = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoteOption(value)}`]))
  return `[client]\n${lines.join('\n')}\n`
}

function quoteOption(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
