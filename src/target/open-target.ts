import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Knex } from 'knex'
import { FerryError } from '../core/errors.ts'
import * as sqlite from './dialects/sqlite.ts'
import { faultOf } from './engine-error.ts'
import { loadKnexConfig } from './load-knexfile.ts'
import type { Dialect, EngineName, Session, Target } from './target.ts'
import { readSqliteFile, renderTargetLabel } from './target-label.ts'

export interface TargetInput {
  /** Path of a knexfile, or a Knex configuration, or a live Knex instance. */
  readonly knexfile?: string
  readonly config?: Knex.Config
  readonly knex?: Knex
}

export interface OpenTargetOptions {
  /** Environment of the knexfile; default NODE_ENV or `development`. */
  readonly env?: string
  /** Open so that nothing can be written (plan). SQLite: readonly file handle; servers: read-only transactions. */
  readonly readOnly?: boolean
  /** The target is opened to be mended or not at all: no question is asked, so a damaged one is no error yet. */
  readonly mayBeDamaged?: boolean
  /** Folder that relative paths of the input start from; default the process's. */
  readonly cwd?: string
}

/** What every module of `dialects/` exports. */
export interface DialectModule {
  readonly dialect: Dialect
  openSession(knex: Knex, options?: { readonly readOnly?: boolean }): Promise<Session>
}

/** Knex's client names we move data into, with the package each one needs. */
const CLIENTS: Readonly<Record<string, { readonly engine: EngineName; readonly driver: string }>> = {
  'better-sqlite3': { engine: 'sqlite', driver: 'better-sqlite3' },
  pg: { engine: 'postgres', driver: 'pg' },
  postgres: { engine: 'postgres', driver: 'pg' },
  postgresql: { engine: 'postgres', driver: 'pg' },
  mysql2: { engine: 'mysql', driver: 'mysql2' },
  mysql: { engine: 'mysql', driver: 'mysql' },
}

/** Knex prints connection errors as well as throwing them; what it throws is reported once, by us. */
const QUIET: Knex.Logger = Object.freeze({ warn() {}, error() {}, deprecate() {}, debug() {} })

/**
 * Opens the target and asks it one question, so that a wrong address fails here.
 * @throws FERRY_TARGET_CONNECT, FERRY_TARGET_DAMAGED, FERRY_TARGET_UNSUPPORTED (another client), FERRY_TARGET_DRIVER_MISSING, FERRY_CONFIG_INVALID (knexfile)
 */
export async function openTarget(input: TargetInput, options: OpenTargetOptions = {}): Promise<Target> {
  try {
    return await openOnce(input, options)
  } catch (error) {
    // A writer that was killed leaves a journal, which a handle for reading cannot roll back; one that may write does so when it first reads.
    if (options.readOnly !== true || input.knex !== undefined || faultOf(error)?.kind !== 'read-only') throw error
    const recovering = await openOnce(input, { ...options, readOnly: false }).catch(() => {
      throw error
    })
    await recovering.close()
    return openOnce(input, options)
  }
}

async function openOnce(input: TargetInput, options: OpenTargetOptions): Promise<Target> {
  const { knex, engine, owned } = input.knex === undefined ? await openKnex(input, options) : adoptKnex(input.knex)
  const config: Knex.Config = knex.client.config
  const target = createTarget({ knex, engine, owned, module: await loadDialect(engine), config, readOnly: options.readOnly === true })
  if (options.mayBeDamaged === true) return target
  try {
    const session = await target.openSession()
    await session.close()
    return target
  } catch (error) {
    await target.close()
    throw error
  }
}

interface OpenKnex {
  readonly knex: Knex
  readonly engine: EngineName
  /** Made here, so closed here. */
  readonly owned: boolean
}

function createTarget(parts: OpenKnex & { module: DialectModule; config: Knex.Config; readOnly: boolean }): Target {
  const { knex, engine, owned, module, config, readOnly } = parts
  return {
    knex,
    engine,
    dialect: module.dialect,
    label: renderTargetLabel(engine, config),
    file: engine === 'sqlite' ? readSqliteFile(config) : undefined,
    openSession: () => module.openSession(knex, { readOnly }),
    async close() {
      if (owned) await knex.destroy()
    },
  }
}

/** A server's code is imported on demand; that of SQLite, the default target, is always there. Neither imports a driver. */
export async function loadDialect(engine: EngineName): Promise<DialectModule> {
  if (engine === 'sqlite') return sqlite
  return engine === 'postgres' ? import('./dialects/postgres.ts') : import('./dialects/mysql.ts')
}

function adoptKnex(knex: Knex): OpenKnex {
  const { engine } = findClient(knex.client.driverName ?? knex.client.config?.client)
  return { knex, engine, owned: false }
}

async function openKnex(input: TargetInput, options: OpenTargetOptions): Promise<OpenKnex> {
  const given = await loadKnexConfig(input, options)
  const { engine, driver } = findClient(given.client)
  const config = { ...(engine === 'sqlite' ? toSqliteConfig(given, options.readOnly === true) : given), log: { ...QUIET, ...given.log } }
  assertDriver(driver)
  const { default: createKnex } = await import('knex')
  try {
    return { knex: createKnex.knex(config), engine, owned: true }
  } catch (cause) {
    throw new FerryError('FERRY_CONFIG_INVALID', 'Knex does not take this configuration', {
      hint: 'Check `client` and `connection` of the knexfile; the cause (shown by --verbose) holds the words of Knex.',
      cause,
    })
  }
}

function findClient(client: unknown): { engine: EngineName; driver: string } {
  const name = typeof client === 'function' ? Reflect.get(client.prototype ?? {}, 'driverName') : client
  const known = typeof name === 'string' && Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined
  if (known !== undefined) return known
  throw new FerryError(
    'FERRY_TARGET_UNSUPPORTED',
    `the Knex client ${typeof name === 'string' ? `"${name}"` : 'of this target'} is not supported`,
    {
      hint:
        name === 'sqlite3' || name === 'sqlite'
          ? "Set `client: 'better-sqlite3'` (it opens the same file) and run `npm install better-sqlite3`."
          : `Use one of ${Object.keys(CLIENTS).join(', ')}.`,
    },
  )
}

/** Asks as Knex would (it requires its drivers), without loading anything. */
function assertDriver(driver: string): void {
  const require = createRequire(import.meta.url)
  try {
    createRequire(require.resolve('knex')).resolve(driver)
  } catch (cause) {
    throw new FerryError('FERRY_TARGET_DRIVER_MISSING', `the package ${driver} is not installed`, {
      hint: `Run \`npm install ${driver}\`.`,
      cause,
    })
  }
}

function toSqliteConfig(config: Knex.Config, readOnly: boolean): Knex.Config {
  const base = { useNullAsDefault: true, ...config }
  const file = readSqliteFile(config)
  if (!readOnly || file === undefined || file === ':memory:') return base
  if (!isFile(file))
    throw new FerryError('FERRY_TARGET_CONNECT', `there is no database at ${file}`, {
      hint: 'Run `npx knex migrate:latest` or `ferry migrate` to make it, or check the path in the knexfile.',
    })
  const connection = typeof config.connection === 'object' ? config.connection : {}
  const given = Reflect.get(connection, 'options')
  const options = { ...(typeof given === 'object' ? given : {}), readonly: true }
  return { ...base, connection: { ...connection, filename: resolve(file), options } }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
