import { assert } from 'chai'
import { toPostgresEnvironment } from '../../../src/backup/copy-postgres.ts'
import { readServerAddress } from '../../../src/backup/server-address.ts'
import type { Target } from '../../../src/target/target.ts'

const addressOf = (connection: unknown) => readServerAddress({ knex: { client: { config: { connection } } } } as unknown as Target)

describe('readServerAddress', () => {
  const whole = { host: 'db.local', port: '5433', user: 'app', password: 'p@ss/word', database: 'garage', socket: undefined, ssl: false }

  it('reads every form that Knex takes', async () => {
    const url = 'postgres://app:p%40ss%2Fword@db.local:5433/garage'
    const parts = { host: 'db.local', port: 5433, user: 'app', password: 'p@ss/word', database: 'garage' }
    for (const connection of [url, parts, { connectionString: url }, () => parts, async () => url]) {
      assert.deepEqual(await addressOf(connection), whole)
    }
    assert.deepInclude(await addressOf({ ...parts, ssl: { rejectUnauthorized: false } }), { ssl: true })
    assert.deepInclude(await addressOf(`${url}?sslmode=require`), { ssl: true })
    assert.deepInclude(await addressOf({ socketPath: '/run/mysqld.sock', database: 'd' }), { socket: '/run/mysqld.sock', host: undefined })
  })

  it('reads a password that Knex hides from enumeration', async () => {
    const parts = Object.defineProperty({ host: 'h', database: 'd' }, 'password', { value: 'secret', enumerable: false })
    assert.deepInclude(await addressOf(parts), { password: 'secret' })
  })

  it('gives PostgreSQL’s programs all of it by environment', async () => {
    assert.deepEqual(toPostgresEnvironment(whole), {
      PGHOST: 'db.local',
      PGPORT: '5433',
      PGUSER: 'app',
      PGPASSWORD: 'p@ss/word',
      PGDATABASE: 'garage',
    })
  })
})
