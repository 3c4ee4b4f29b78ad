import { join } from 'node:path'
import type { Knex } from 'knex'
import { readServerAddress } from '../backup/server-address.ts'
import { openTarget } from '../target/open-target.ts'
import type { Target } from '../target/target.ts'

/** A database for one purpose, empty at first, beside the target and configured like it. */
export interface ScratchTarget {
  readonly target: Target
  /** Closes it and takes it away. Idempotent. */
  drop(): Promise<void>
}

/** Makes the database: a file in `folder` for SQLite, else one named `name` on the same server (whose user must be allowed to make it). */
export async function openScratchTarget(like: Target, place: { readonly folder: string; readonly name: string }): Promise<ScratchTarget> {
  const config: Knex.Config = like.knex.client.config
  const created = like.engine === 'sqlite' ? undefined : await createDatabase(like, place.name)
  const connection = like.engine === 'sqlite' ? sqliteConnection(config, place) : await serverConnection(like, place.name)
  const drop = async () => {
    if (created !== undefined) await dropScratch(like, place.name)
  }
  let target: Target
  try {
    target = await openTarget({ config: { ...config, connection } as Knex.Config })
  } catch (error) {
    await drop()
    throw error
  }
  let open = true
  return {
    target,
    async drop() {
      if (!open) return
      open = false
      await target.close()
      await drop()
    },
  }
}

function sqliteConnection(config: Knex.Config, { folder, name }: { folder: string; name: string }): Knex.Config['connection'] {
  const given = typeof config.connection === 'object' ? config.connection : {}
  return { ...given, filename: join(folder, `${name}.sqlite`) }
}

async function serverConnection(like: Target, database: string): Promise<Knex.Config['connection']> {
  const settings: unknown = like.knex.client.connectionSettings
  const {
    connectionString: _text,
    uri: _uri,
    ...rest
  } = (typeof settings === 'object' && settings !== null ? settings : {}) as Record<string, unknown>
  const { host, port, user, password, socket } = await readServerAddress(like)
  const parts = { host, port: port === undefined ? undefined : Number(port), user, password, socketPath: socket }
  return { ...rest, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)), database }
}

/** With the encoding and sort order of the one it stands for. */
async function createDatabase(like: Target, name: string): Promise<string> {
  const session = await like.openSession()
  let sql: string
  try {
    const quote = session.dialect.quote
    if (like.engine === 'postgres') {
      const [found] = await session.all<{ encoding: string; collate: string; ctype: string }>(
        `select pg_encoding_to_char(encoding) as encoding, datcollate as "collate", datctype as ctype from pg_database where datname = current_database()`,
      )
      const text = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`
      sql = `create database ${quote(name)} template template0 encoding ${text(found?.encoding)} lc_collate ${text(found?.collate)} lc_ctype ${text(found?.ctype)}`
    } else {
      const [found] = await session.all<{ charset: string; collation: string }>(
        'select default_character_set_name as charset, default_collation_name as collation from information_schema.schemata where schema_name = database()',
      )
      sql = `create database ${quote(name)} character set ${String(found?.charset)} collate ${String(found?.collation)}`
    }
  } finally {
    await session.close()
  }
  await like.knex.raw(sql)
  return name
}

/** Drops a scratch database of a server where it is there; for one whose process was killed, too. */
export async function dropScratch(like: Target, name: string): Promise<void> {
  await like.knex.raw(`drop database if exists ${like.dialect.quote(name)}`)
}
