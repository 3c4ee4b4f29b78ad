import { join } from 'node:path'
import type { Knex } from 'knex'

const common = {
  migrations: { directory: './migrations', loadExtensions: ['.ts'], extension: 'ts' },
  seeds: { directory: './seeds', loadExtensions: ['.ts'], extension: 'ts' },
} satisfies Knex.Config

/** Where the example keeps its database and snapshot; FERRY_DATA names another folder, which must exist. */
const folder = process.env.FERRY_DATA ?? './data'

const config: Record<'development' | 'postgres' | 'mysql', Knex.Config> = {
  development: {
    ...common,
    client: 'better-sqlite3',
    connection: { filename: join(folder, 'garage.sqlite') },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (connection: { pragma(text: string): unknown }, done: (error: Error | null, connection: unknown) => void) => {
        connection.pragma('foreign_keys = ON')
        done(null, connection)
      },
    },
  },
  postgres: {
    ...common,
    client: 'pg',
    connection: {
      host: process.env.PGHOST ?? '127.0.0.1',
      port: Number(process.env.PGPORT ?? 5432),
      user: process.env.PGUSER ?? 'postgres',
      password: process.env.PGPASSWORD ?? '',
      database: process.env.PGDATABASE ?? 'parking_garage',
    },
  },
  mysql: {
    ...common,
    client: 'mysql2',
    connection: {
      host: process.env.MYSQL_HOST ?? '127.0.0.1',
      port: Number(process.env.MYSQL_PORT ?? 3306),
      user: process.env.MYSQL_USER ?? 'root',
      password: process.env.MYSQL_PASSWORD ?? '',
      database: process.env.MYSQL_DATABASE ?? 'parking_garage',
      charset: 'utf8mb4',
      timezone: 'Z',
    },
  },
}

export default config
