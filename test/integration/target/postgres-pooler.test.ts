import { expect } from 'chai'
import createKnex from 'knex'
import { isFerryError } from '../../../src/core/errors.ts'
import { openSession } from '../../../src/target/dialects/postgres.ts'
import { createPostgresDatabase, type TestDatabase } from '../../support/postgres-database.ts'
import { openTransactionPooler, type TransactionPooler } from '../../support/transaction-pooler.ts'

describe('target/dialects/postgres pooler', function () {
  this.timeout(20_000)
  let database: TestDatabase
  let pooler: TransactionPooler

  before(async () => {
    database = await createPostgresDatabase()
    const { hostname, port, username, pathname } = new URL(String(database.config.connection))
    pooler = await openTransactionPooler({ host: hostname, port: Number(port), user: username, database: pathname.slice(1) })
  })
  after(async () => {
    await pooler.close()
    await database.drop()
  })

  for (const max of [1, 5]) {
    it(`refuses a pooler in transaction mode, with a pool of ${max}`, async () => {
      const url = new URL(String(database.config.connection))
      url.port = String(pooler.port)
      const knex = createKnex({ client: 'pg', connection: url.href, pool: { min: 0, max } })
      try {
        const error = await openSession(knex).catch((thrown: unknown) => thrown)
        expect(isFerryError(error, 'FERRY_TARGET_UNSUPPORTED')).to.equal(true)
      } finally {
        await knex.destroy()
      }
    })
  }

  it('opens a session on the server itself', async () => {
    const session = await openSession(database.knex)
    expect(await session.rows('select 1')).to.deep.equal([[1]])
    await session.close()
  })
})
