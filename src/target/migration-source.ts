import { createRequire } from 'node:module'
import type { Knex } from 'knex'
import { registerTypeScript } from './import-module.ts'

/** Where Knex finds its migrations: files of a folder, or whatever `migrationSource` of the knexfile is. */
export interface MigrationSource {
  getMigrations(loadExtensions?: readonly string[]): Promise<readonly unknown[]>
  getMigrationName(migration: unknown): string
  getMigration(migration: unknown): Promise<unknown>
}

/** What of Knex's migrator is used beside its typed methods. */
interface Migrator {
  readonly config?: { readonly loadExtensions?: readonly string[]; readonly migrationSource?: MigrationSource }
}

/** A migration as Knex knows it, with its module loaded on demand: the very module Knex runs. */
export interface MigrationModule {
  readonly name: string
  load(): Promise<unknown>
}

/** Every migration of the knexfile, done or not, in order. Makes TypeScript files loadable first, so that Knex can run them too. */
export async function listMigrations(knex: Knex): Promise<readonly MigrationModule[]> {
  const { config } = knex.migrate as unknown as Migrator
  const source = config?.migrationSource
  if (source === undefined) return []
  const found = await source.getMigrations(config?.loadExtensions)
  const migrations = found.map((item) => ({ name: source.getMigrationName(item), load: () => source.getMigration(item) }))
  const typescript = migrations.find(({ name }) => /\.[cm]?ts$/.test(name))
  if (typescript !== undefined && !loadsTypeScript()) await registerTypeScript(typescript.name)
  return migrations
}

/** Node.js 22.18 strips types itself and says so; tsx hooks into `require`, by which Knex loads what is no ES module. */
function loadsTypeScript(): boolean {
  const { typescript } = process.features as { readonly typescript?: unknown }
  return Boolean(typescript) || '.ts' in createRequire(import.meta.url).extensions
}
