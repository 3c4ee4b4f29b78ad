import { existsSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Knex } from 'knex'
import { FerryError } from '../core/errors.ts'
import { importModule } from './import-module.ts'

export interface KnexConfigInput {
  readonly knexfile?: string
  readonly config?: Knex.Config
}

export interface LoadKnexConfigOptions {
  readonly env?: string
  readonly cwd?: string
}

/**
 * The Knex configuration of a knexfile (chosen by environment as Knex's own command does) or of a literal, with its relative paths made absolute:
 * from the knexfile's folder, where Knex's command would change to, or from `cwd`.
 * @throws FERRY_CONFIG_NOT_FOUND, FERRY_CONFIG_INVALID
 */
export async function loadKnexConfig(input: KnexConfigInput, options: LoadKnexConfigOptions): Promise<Knex.Config> {
  const cwd = resolve(options.cwd ?? '.')
  if (input.config !== undefined) return toAbsolute(input.config, cwd)
  if (input.knexfile === undefined)
    throw new FerryError('FERRY_CONFIG_INVALID', 'the transfer has no target', {
      hint: "Add `target: { knexfile: './knexfile.ts' }` to the definition, or give --knexfile.",
    })
  const path = resolve(cwd, input.knexfile)
  if (!existsSync(path))
    throw new FerryError('FERRY_CONFIG_NOT_FOUND', `there is no knexfile at ${path}`, {
      hint: 'Run `npx knex init -x ts` to make one, or correct the path.',
    })
  return toAbsolute(chooseEnvironment(await readKnexfile(path), path, options.env), dirname(path))
}

async function readKnexfile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const module = await importModule(path).catch((cause: unknown) => {
    if (cause instanceof FerryError) throw cause
    throw new FerryError('FERRY_CONFIG_INVALID', `the knexfile ${path} cannot be loaded`, {
      hint: `Try \`node ${path}\`: the cause is an error in the file or in what it imports (shown by --verbose).`,
      cause,
    })
  })
  // A CommonJS file compiled from TypeScript holds its default once more inside.
  const outer = module.default ?? module
  const inner = isObject(outer) && isObject(outer.default) ? outer.default : outer
  const config: unknown = typeof inner === 'function' ? await inner() : await inner
  if (isObject(config)) return config
  throw new FerryError('FERRY_CONFIG_INVALID', `the knexfile ${path} exports no configuration`, {
    hint: "Write `export default { client: 'better-sqlite3', connection: { filename: … } }`.",
  })
}

function chooseEnvironment(file: Readonly<Record<string, unknown>>, path: string, env: string | undefined): Knex.Config {
  const name = env ?? process.env.NODE_ENV ?? 'development'
  const chosen = isObject(file[name]) ? file[name] : file
  if (typeof chosen.client === 'string' || typeof chosen.client === 'function') return chosen
  const names = Object.keys(file).filter((key) => isObject(file[key]) && 'client' in file[key])
  throw new FerryError('FERRY_CONFIG_INVALID', `the knexfile ${path} has no environment "${name}"`, {
    hint: names.length > 0 ? `Choose one of its environments with --env: ${names.join(', ')}.` : 'Give it a `client` and a `connection`.',
  })
}

function toAbsolute(config: Knex.Config, folder: string): Knex.Config {
  const isSqlite = config.client === 'better-sqlite3'
  return {
    ...config,
    ...(isSqlite && config.connection !== undefined ? { connection: toAbsoluteConnection(config.connection, folder) } : {}),
    migrations: { ...config.migrations, directory: toAbsoluteFolders(config.migrations?.directory ?? './migrations', folder) },
    seeds: { ...config.seeds, directory: toAbsoluteFolders(config.seeds?.directory ?? './seeds', folder) },
  }
}

function toAbsoluteFolders(folders: string | readonly string[], base: string): string | readonly string[] {
  return typeof folders === 'string' ? resolve(base, folders) : folders.map((folder) => resolve(base, folder))
}

function toAbsoluteConnection(connection: NonNullable<Knex.Config['connection']>, folder: string): NonNullable<Knex.Config['connection']> {
  if (typeof connection === 'string') return { filename: toAbsoluteFile(connection, folder) }
  if (typeof connection !== 'object' || !('filename' in connection) || typeof connection.filename !== 'string') return connection
  return { ...connection, filename: toAbsoluteFile(connection.filename, folder) }
}

function toAbsoluteFile(filename: string, folder: string): string {
  if (filename === '' || filename === ':memory:' || filename.startsWith('file:') || isAbsolute(filename)) return filename
  return resolve(folder, filename)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
