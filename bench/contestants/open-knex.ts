import createKnex, { type Knex } from 'knex'

/** The database of a contestant: a path, or a connection. */
export function openKnex(database: string): Knex {
  if (database.startsWith('postgres:')) return createKnex({ client: 'pg', connection: database })
  if (database.startsWith('mysql:')) return createKnex({ client: 'mysql2', connection: database })
  return createKnex({ client: 'better-sqlite3', connection: { filename: database }, useNullAsDefault: true })
}
