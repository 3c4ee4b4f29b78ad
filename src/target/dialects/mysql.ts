import type { Knex } from 'knex'
import { FerryError } from '../../core/errors.ts'
import type { Dialect, Session } from '../target.ts'
import { countOrphans } from './count-orphans.ts'
import { createMysqlCodec } from './mysql-codecs.ts'
import { classifyMysql } from './mysql-faults.ts'
import { mysqlWithdrawal } from './mysql-foreign-keys.ts'
import { listMysqlTables, readMysqlTable } from './mysql-introspect.ts'
import { createMysqlPacking } from './mysql-packing.ts'
import { raiseMysqlSequence, readMysqlSequence } from './mysql-sequences.ts'
import { MysqlSession } from './mysql-session.ts'
import { quoteOne } from './mysql-table-name.ts'

const quote = (name: string): string => name.split('.').map(quoteOne).join('.')

// Bytewise comparison: keys that differ in case or accents must stay apart. Three such texts fit one index (3,072 bytes).
const EXACT_TEXT = 'character set utf8mb4 collate utf8mb4_bin'

const equal = (columns: readonly string[]): string => columns.map((column) => `t.${quote(column)} = s.${quote(column)}`).join(' and ')

const areNull = (columns: readonly string[]): string => columns.map((column) => ` and t.${quote(column)} is null`).join('')

/** MySQL 8 and MariaDB 10.5, and newer. */
export const dialect: Dialect = {
  engine: 'mysql',
  quote,
  // Values go as literals; this keeps statements of prepared kind possible, whose count is a 16-bit number.
  maxBindings: 65_535,
  transactionalDdl: false,
  nowMs: `timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000`,
  stateTypes: { text: `varchar(255) ${EXACT_TEXT}`, longText: `longtext ${EXACT_TEXT}`, integer: 'bigint', blob: 'longblob' },
  forUpdate: ' for update',
  classify: classifyMysql,
  codec: (column, kind) => createMysqlCodec(column, kind, quote),
  packing: createMysqlPacking(quote),
  listTables: listMysqlTables,
  readTable: readMysqlTable,
  insertSql: (table, columns) =>
    `insert into ${quote(table)} (${columns.map(quote).join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  openKeys: async (_session, _table, columns) => (keys) => ({
    where: `(${columns.map(quote).join(', ')}) in (${keys.map((key) => `(${key.map(() => '?').join(', ')})`).join(', ')})`,
    bindings: keys.flat(),
  }),
  staging: {
    createSql: (stage, table, columns) =>
      `create temporary table ${quote(stage)} engine = InnoDB as select ${columns.map(quote).join(', ')} from ${quote(table)} limit 0`,
    dropSql: (stage) => `drop temporary table if exists ${quote(stage)}`,
    // STRAIGHT_JOIN: from the few to the many, whatever the optimizer takes a temporary table for.
    matchSql: (table, stage, { select, on }) =>
      `select ${select} from (select t.* from ${quote(stage)} s straight_join ${quote(table)} t on ${equal(on)}) as met`,
    updateSql: (table, stage, { set, on, whereNull }) =>
      `update ${quote(stage)} s straight_join ${quote(table)} t on ${equal(on)}${whereNull ? areNull(set) : ''} ` +
      `set ${set.map((column) => `t.${quote(column)} = s.${quote(column)}`).join(', ')}`,
  },
  withdrawal: mysqlWithdrawal,
  async setForeignKeyChecks(session, on) {
    await session.run(`set session foreign_key_checks = ${on ? 1 : 0}`)
  },
  checkForeignKeys: countOrphans,
  readSequence: readMysqlSequence,
  raiseSequence: raiseMysqlSequence,
  integrityCheck: checkTables,
}

/** CHECK TABLE of every table; it tells `OK` or what is wrong. */
async function checkTables(session: Session): Promise<readonly string[]> {
  const tables = await listMysqlTables(session)
  if (tables.length === 0) return []
  const told = await session.all<{ Table: string; Msg_type: string; Msg_text: string }>(`check table ${tables.map(quote).join(', ')}`)
  return told.filter((row) => row.Msg_type === 'error' || row.Msg_type === 'warning').map((row) => `${row.Table}: ${row.Msg_text}`)
}

/**
 * A dedicated connection of Knex's pool, strict and in UTC.
 * @throws FERRY_TARGET_CONNECT, FERRY_TARGET_UNSUPPORTED (another driver than mysql2, another character set than utf8)
 */
export async function openSession(knex: Knex, options: { readonly readOnly?: boolean } = {}): Promise<Session> {
  if (knex.client.driverName !== 'mysql2') {
    throw new FerryError('FERRY_TARGET_UNSUPPORTED', `the Knex client ${knex.client.driverName} loses digits of large numbers`, {
      hint: "Set `client: 'mysql2'` in the knexfile and run `npm install mysql2`.",
    })
  }
  return MysqlSession.open(dialect, knex, options)
}
