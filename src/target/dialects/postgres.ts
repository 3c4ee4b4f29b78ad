import type { Knex } from 'knex'
import { FerryError } from '../../core/errors.ts'
import type { Dialect, Session } from '../target.ts'
import { countOrphans } from './count-orphans.ts'
import { checkPostgresIntegrity } from './postgres-check.ts'
import { createPostgresCodec } from './postgres-codecs.ts'
import { classifyPostgres } from './postgres-faults.ts'
import { postgresWithdrawal } from './postgres-foreign-keys.ts'
import { listPostgresTables, readPostgresTable } from './postgres-introspect.ts'
import { openPostgresKeys } from './postgres-keys.ts'
import { postgresPacking } from './postgres-packing.ts'
import { refusePooler } from './postgres-pooler.ts'
import { raisePostgresSequence, readPostgresSequence } from './postgres-sequences.ts'
import { PostgresSession } from './postgres-session.ts'

const quote = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')

const equal = (columns: readonly string[]): string => columns.map((column) => `t.${quote(column)} = s.${quote(column)}`).join(' and ')

const areNull = (columns: readonly string[]): string => columns.map((column) => ` and t.${quote(column)} is null`).join('')

/** PostgreSQL 12 and newer. */
export const dialect: Dialect = {
  engine: 'postgres',
  foreignKeysBySession: false,
  withdrawal: postgresWithdrawal,
  quote,
  // The count of parameters is a 16-bit number in the Bind message.
  maxBindings: 65_535,
  transactionalDdl: true,
  // clock_timestamp() goes on inside a transaction; now() stands still.
  nowMs: 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint',
  stateTypes: { text: 'text', longText: 'text', integer: 'bigint', blob: 'bytea' },
  forUpdate: ' for update',
  classify: classifyPostgres,
  codec: (column, kind) => createPostgresCodec(column, kind, quote),
  packing: postgresPacking,
  listTables: listPostgresTables,
  readTable: readPostgresTable,
  // Without OVERRIDING SYSTEM VALUE, GENERATED ALWAYS AS IDENTITY refuses the ids we bring; other columns ignore it.
  insertSql: (table, columns) =>
    `insert into ${quote(table)} (${columns.map(quote).join(', ')}) overriding system value values (${columns.map(() => '?').join(', ')})`,
  openKeys: openPostgresKeys,
  staging: {
    createSql: (stage, table, columns) =>
      `create temp table ${quote(stage)} on commit drop as select ${columns.map(quote).join(', ')} from ${quote(table)} with no data`,
    dropSql: (stage) => `drop table if exists pg_temp.${quote(stage)}`,
    matchSql: (table, stage, { select, on }) =>
      `select ${select} from (select t.* from ${quote(stage)} s join ${quote(table)} t on ${equal(on)}) as met`,
    updateSql: (table, stage, { set, on, whereNull }) =>
      `update ${quote(table)} t set ${set.map((column) => `${quote(column)} = s.${quote(column)}`).join(', ')} from ${quote(stage)} s ` +
      `where ${equal(on)}${whereNull ? areNull(set) : ''}`,
  },
  async setForeignKeyChecks() {
    throw new FerryError('FERRY_INTERNAL', 'PostgreSQL has no switch for foreign key checks of a session', {
      hint: 'Enforcement drops and re-adds the constraints there; please report this with the stack trace.',
    })
  },
  checkForeignKeys: countOrphans,
  readSequence: readPostgresSequence,
  raiseSequence: raisePostgresSequence,
  // Autovacuum comes within a minute or so of a load. Who does not own the table gets a warning, and it is left as it is.
  refreshStatistics: async (session, table) => void (await session.run(`analyze ${quote(table)}`)),
  integrityCheck: checkPostgresIntegrity,
}

/**
 * A dedicated connection of Knex's pool, in UTC.
 * @throws FERRY_TARGET_CONNECT, FERRY_TARGET_UNSUPPORTED behind a pooler in transaction mode
 */
export async function openSession(knex: Knex, options: { readonly readOnly?: boolean } = {}): Promise<Session> {
  const session = await PostgresSession.open(dialect, knex, options)
  try {
    await refusePooler(session)
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}
