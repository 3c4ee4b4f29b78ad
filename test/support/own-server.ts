import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createKnex, { type Knex } from 'knex'

/** A database server of one test, in a folder of its own, which may be restarted at will. */
export interface OwnServer {
  /** An empty database on it. */
  readonly config: Knex.Config
  /** Stops it at once, as a crash would, and starts it again; resolves when it answers. */
  restart(): Promise<void>
  close(): Promise<void>
}

interface Program {
  /** Writes the data folder. */
  init(): void
  start(): ChildProcess
  readonly config: Knex.Config
  /** A database that is always there. */
  readonly first: string
  readonly createDatabase: string
}

/** A server of PostgreSQL or MariaDB; undefined where its programs are not installed. */
export async function openOwnServer(engine: 'postgres' | 'mysql'): Promise<OwnServer | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-server-'))
  const port = await freePort()
  const program = engine === 'postgres' ? findPostgres(folder, port) : findMariadb(folder, port)
  if (program === undefined) {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
  program.init()
  let running = program.start()
  await answer(program, program.first)
  await ask(program, program.first, program.createDatabase)
  const stop = async () => {
    const ended = new Promise((resolve) => running.once('close', resolve))
    // PostgreSQL: SIGQUIT is immediate shutdown, without a checkpoint; its children end with it.
    running.kill(engine === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
    await ended
  }
  return {
    config: withDatabase(program, 'ferry'),
    async restart() {
      await stop()
      running = program.start()
      await answer(program, 'ferry')
    },
    async close() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function findPostgres(folder: string, port: number): Program | undefined {
  const home = '/usr/lib/postgresql'
  const version = existsSync(home) ? readdirSync(home).sort().at(-1) : undefined
  if (version === undefined) return undefined
  const bin = join(home, version, 'bin')
  const data = join(folder, 'data')
  const user = serverUser()
  return {
    init() {
      chmodSync(folder, 0o755)
      if (user !== undefined) chownSync(folder, user.uid, user.gid)
      execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '-N', '-E', 'UTF8', '--locale=C'], {
        stdio: 'ignore',
        ...user,
      })
    },
    start: () =>
      spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F'], { stdio: 'ignore', ...user }),
    config: { client: 'pg', connection: `postgres://postgres@127.0.0.1:${port}` },
    first: 'postgres',
    createDatabase: "create database ferry template template0 encoding 'UTF8'",
  }
}

/** The server refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const read = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: read('-u'), gid: read('-g') }
}

function findMariadb(folder: string, port: number): Program | undefined {
  const server = ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'].find((path) => existsSync(path))
  if (server === undefined || !existsSync('/usr/bin/mariadb-install-db')) return undefined
  const data = join(folder, 'data')
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  return {
    init() {
      const options = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user]
      execFileSync('/usr/bin/mariadb-install-db', options, { stdio: 'ignore' })
    },
    start: () =>
      spawn(
        server,
        ['--no-defaults', `--datadir=${data}`, `--port=${port}`, `--socket=${join(folder, 's')}`, '--bind-address=127.0.0.1', ...user],
        { stdio: 'ignore' },
      ),
    config: { client: 'mysql2', connection: `mysql://root@127.0.0.1:${port}` },
    first: 'mysql',
    createDatabase: 'create database ferry character set utf8mb4',
  }
}

function withDatabase(program: Program, name: string): Knex.Config {
  return { ...program.config, connection: `${program.config.connection}/${name}`, pool: { min: 0, max: 5 } }
}

async function answer(program: Program, database: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ask(program, database, 'select 1')
      return
    } catch (error) {
      if (attempt === 150) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

async function ask(program: Program, database: string, sql: string): Promise<void> {
  const quiet: Knex.Logger = { warn() {}, error() {}, deprecate() {}, debug() {} }
  const knex = createKnex({ ...withDatabase(program, database), log: quiet, acquireConnectionTimeout: 2_000 })
  try {
    await knex.raw(sql)
  } finally {
    await knex.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}
