import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createKnex, { type Knex } from 'knex'
import { PROJECT_ROOT } from './project-root.ts'

/** The example's tables with their reference rows, empty otherwise, in a folder of its own. */
export interface ExampleDatabase {
  readonly knex: Knex
  readonly config: Knex.Config
  readonly folder: string
  close(): Promise<void>
}

/** Makes the example's tables: in a SQLite file of its own, or in the database of `config`, which must be empty. */
export async function openExampleDatabase(config?: Knex.Config): Promise<ExampleDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-example-'))
  const foreignKeysOn = (connection: { pragma?(text: string): unknown }, done: (error: Error | null, connection: unknown) => void) => {
    connection.pragma?.('foreign_keys = ON')
    done(null, connection)
  }
  const complete: Knex.Config = {
    ...(config ?? { client: 'better-sqlite3', connection: { filename: join(folder, 'garage.sqlite') } }),
    useNullAsDefault: true,
    pool: { min: 0, max: 3, ...(config === undefined ? { max: 1, afterCreate: foreignKeysOn } : {}) },
    migrations: { directory: join(PROJECT_ROOT, 'migrations'), loadExtensions: ['.ts'] },
    seeds: { directory: join(PROJECT_ROOT, 'seeds'), loadExtensions: ['.ts'] },
  }
  const knex = createKnex(complete)
  await knex.migrate.latest()
  await knex.seed.run({ specific: '01_reference_tables.ts' })
  return {
    knex,
    config: complete,
    folder,
    async close() {
      await knex.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
