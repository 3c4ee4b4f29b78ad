import createKnex from 'knex'
import type { EngineName } from './bed.ts'

const CLIENTS = { sqlite: 'better-sqlite3', postgres: 'pg', mysql: 'mysql2' } as const

/** Rows that parking_sessions holds: a contestant is believed by its table only. */
export async function countSessions(engine: EngineName, database: string): Promise<number> {
  const connection = engine === 'sqlite' ? { filename: database } : database
  const knex = createKnex({ client: CLIENTS[engine], connection, useNullAsDefault: true })
  try {
    const [found] = await knex('parking_sessions').count({ n: '*' })
    return Number(found?.n)
  } finally {
    await knex.destroy()
  }
}
