import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { ServerAddress } from './server-address.ts'

const ASK_AGAIN_MS = 2

/** What a program of MySQL or MariaDB gets, to be put before its other arguments and into its environment. Good for one call. */
export interface MysqlOptions {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * Runs `work` with an option file that holds the address and the password (https://mariadb.com/kb/en/configuring-mariadb-with-option-files/). It is a named pipe, so that no kill can leave a password on a disk: Node gives children sockets, which have no name to open.
 * Where there are none (Windows), it is a file of 0600 in `folder`, removed afterwards.
 */
export async function withMysqlOptions<T>(folder: string, address: ServerAddress, work: (options: MysqlOptions) => Promise<T>): Promise<T> {
  const text = optionText(address)
  // ~/.my.cnf is read after our file: another user or password there would win. The host's own options (/etc/my.cnf) stay in force.
  const start = (file: string) => work({ args: [`--defaults-extra-file=${file}`], env: { HOME: dirname(file) } })
  const place = await makePipe()
  return place === undefined ? withFile(join(folder, `.client-${process.pid}.cnf`), text, start) : withPipe(place, text, start)
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

interface PipePlace {
  readonly folder: string
  readonly pipe: string
}

/** A named pipe in a private folder; undefined where the system has none. */
async function makePipe(): Promise<PipePlace | undefined> {
  if (process.platform === 'win32') return undefined
  const folder = await mkdtemp(join(tmpdir(), 'ferry-options-'))
  const pipe = join(folder, 'client.cnf')
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', pipe])
    return { folder, pipe }
  } catch {
    await rm(folder, { recursive: true, force: true })
    return undefined
  }
}

async function withPipe<T>({ folder, pipe }: PipePlace, text: string, work: (file: string) => Promise<T>): Promise<T> {
  const over = new AbortController()
  const remove = () => rm(folder, { recursive: true, force: true })
  const fed = feed(pipe, { text, signal: over.signal, opened: remove })
  try {
    // A feed that fails ends the wait; one that succeeds only lets the program begin.
    return await Promise.race([work(pipe), fed.then(() => new Promise<never>(() => {}))])
  } finally {
    over.abort()
    await fed.catch(() => {})
    await remove()
  }
}

/** Writes `text` once a reader has opened the pipe; gives up when `signal` says that none will come. */
async function feed(
  pipe: string,
  given: { readonly text: string; readonly signal: AbortSignal; readonly opened: () => Promise<void> },
): Promise<void> {
  while (!given.signal.aborted) {
    try {
      const writer = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
      try {
        await given.opened()
        await writer.write(given.text)
      } finally {
        await writer.close()
      }
      return
    } catch (error) {
      if (codeOf(error) === 'EPIPE') return // the reader is gone: its own end says why
      if (codeOf(error) !== 'ENXIO') throw error
      await wait(ASK_AGAIN_MS)
    }
  }
}

async function withFile<T>(file: string, text: string, work: (file: string) => Promise<T>): Promise<T> {
  await writeFile(file, text, { mode: 0o600 })
  try {
    return await work(file)
  } finally {
    await rm(file, { force: true })
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined
}
