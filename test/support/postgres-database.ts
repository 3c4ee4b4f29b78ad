import { randomBytes } from 'node:crypto'
import createKnex, { type Knex } from 'knex'

const HOST = process.env.FERRY_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432'

/** A database of its own, whose default time zone is far from UTC, and a Knex on it. */
export interface TestDatabase {
  readonly knex: Knex
  readonly config: Knex.Config
  /** Runs `sql` on another connection. */
  admin(sql: string): Promise<void>
  drop(): Promise<void>
}

/** Makes the database; `drop` closes Knex and removes it, whatever is still connected. */
export async function createPostgresDatabase(options: { readonly poolMax?: number } = {}): Promise<TestDatabase> {
  const name = `ferry_test_${randomBytes(6).toString('hex')}`
  const admin = createKnex({ client: 'pg', connection: `${HOST}/postgres`, pool: { min: 0, max: 1 } })
  await admin.raw(`create database ${name} template template0 encoding 'UTF8'`)
  await admin.raw(`alter database ${name} set timezone = 'America/New_York'`)
  const config: Knex.Config = { client: 'pg', connection: `${HOST}/${name}`, pool: { min: 0, max: options.poolMax ?? 5 } }
  const knex = createKnex(config)
  return {
    knex,
    config,
    async admin(sql) {
      await admin.raw(sql)
    },
    async drop() {
      await knex.destroy()
      await admin.raw(`drop database ${name} with (force)`)
      await admin.destroy()
    },
  }
}
