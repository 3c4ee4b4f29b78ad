import { randomBytes } from 'node:crypto'
import createKnex, { type Knex } from 'knex'
import type { TestDatabase } from './postgres-database.ts'

const HOST = process.env.FERRY_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306'

/** Makes a database and a Knex on it whose connections begin in a zone far from UTC and not strict; `drop` removes it. */
export async function createMysqlDatabase(options: { readonly connection?: object } = {}): Promise<TestDatabase> {
  const name = `ferry_test_${randomBytes(6).toString('hex')}`
  const { hostname, port, username, password } = new URL(HOST)
  const connection = { host: hostname, port: Number(port || 3306), user: username, password }
  const admin = createKnex({ client: 'mysql2', connection, pool: { min: 0, max: 1 } })
  await admin.raw(`create database ${name} character set utf8mb4`)
  const config: Knex.Config = {
    client: 'mysql2',
    connection: { ...connection, database: name, multipleStatements: true, ...options.connection },
    pool: {
      min: 0,
      max: 5,
      afterCreate: (created: { query(sql: string, done: (error: unknown) => void): void }, done: (error: unknown) => void) => {
        created.query(`set time_zone = '-05:00', sql_mode = ''`, done)
      },
    },
  }
  const knex = createKnex(config)
  return {
    knex,
    config,
    async admin(sql) {
      await admin.raw(sql)
    },
    async drop() {
      await knex.destroy()
      await admin.raw(`drop database ${name}`)
      await admin.destroy()
    },
  }
}
