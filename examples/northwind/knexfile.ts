import { fileURLToPath } from 'node:url'
import type { Knex } from 'knex'
import garage from '../../knexfile.ts'

const migrations = {
  directory: fileURLToPath(new URL('./migrations', import.meta.url)),
  loadExtensions: ['.ts'],
  extension: 'ts',
}

/** The parking garage's databases under other names. */
const config = {
  development: { ...garage.development, connection: { filename: './data/northwind.sqlite' }, migrations },
  postgres: { ...garage.postgres, connection: { ...Object(garage.postgres.connection), database: 'northwind' }, migrations },
  mysql: { ...garage.mysql, connection: { ...Object(garage.mysql.connection), database: 'northwind' }, migrations },
} satisfies Record<string, Knex.Config>

export default config
