import { FerryError } from '../core/errors.ts'
import { faultOf } from '../target/engine-error.ts'
import type { Dialect, Session } from '../target/target.ts'

/** Version of the ferry_* tables; one row of ferry_version holds it. */
export const STATE_VERSION = 2

/** Names of the tables, so that listings of user tables leave them out. */
export const STATE_TABLES: readonly string[] = [
  'ferry_version',
  'ferry_runs',
  'ferry_steps',
  'ferry_journal',
  'ferry_rejects',
  'ferry_id_map',
  'ferry_id_scopes',
  'ferry_indexes',
]

/** Two processes that make the tables at once may meet: PostgreSQL then says "duplicate" in spite of IF NOT EXISTS. */
const ATTEMPTS = 5

/**
 * Makes the ferry_* tables where they are missing (idempotent DDL, safe with two processes at once) and checks their version.
 * Tables: ferry_version, ferry_runs, ferry_steps, ferry_journal, ferry_rejects, ferry_id_map with ferry_id_scopes, ferry_indexes.
 * Outside a transaction: MySQL commits at each of its statements.
 * @throws FERRY_STATE_VERSION when another version made them
 */
export async function ensureState(session: Session): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const version = await readVersion(session)
    if (version !== undefined) {
      assertVersion(version)
      return
    }
    try {
      await makeTables(session)
    } catch (error) {
      const kind = faultOf(error)?.kind
      const meeting = kind === 'constraint' || kind === 'transient' || kind === 'other'
      if (!meeting || attempt === ATTEMPTS) throw error
    }
  }
}

/** Tells whether the tables are there, without making them (plan, status). */
export async function hasState(session: Session): Promise<boolean> {
  return (await readVersion(session)) !== undefined
}

async function makeTables(session: Session): Promise<void> {
  // One transaction where DDL can be rolled back, so that nobody sees half of the tables.
  await session.begin()
  try {
    for (const sql of stateDdl(session.dialect)) await session.run(sql)
    const found = await session.all('SELECT version FROM ferry_version')
    if (found.length === 0) await session.run('INSERT INTO ferry_version (id, version) VALUES (1, ?)', [STATE_VERSION])
    await session.commit()
  } catch (error) {
    await session.rollback()
    throw error
  }
}

async function readVersion(session: Session): Promise<number | undefined> {
  const tables = await session.dialect.listTables(session)
  if (!tables.some((name) => name === 'ferry_version' || name.endsWith('.ferry_version'))) return undefined
  const found = await session.all<{ version: number }>('SELECT version FROM ferry_version')
  return found[0]?.version
}

function assertVersion(version: number): void {
  if (version === STATE_VERSION) return
  throw new FerryError('FERRY_STATE_VERSION', `the ferry_* tables have version ${version}, this program reads version ${STATE_VERSION}`, {
    hint: 'Use the version of knex-ferry that made them, or roll its runs back with that version and drop the ferry_* tables.',
  })
}

/**
 * The same text on every engine: types come from the dialect, names are no one's reserved words, and second indexes
 * are UNIQUE constraints that end in a unique column, since MySQL has no CREATE INDEX IF NOT EXISTS.
 */
function stateDdl(dialect: Dialect): readonly string[] {
  const { text, longText, integer, blob } = dialect.stateTypes
  return [
    `CREATE TABLE IF NOT EXISTS ferry_version (id ${integer} NOT NULL PRIMARY KEY, version ${integer} NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ferry_runs (
      id ${text} NOT NULL PRIMARY KEY, transfer ${text} NOT NULL, kind ${text} NOT NULL, parent_id ${text}, status ${text} NOT NULL,
      definition_hash ${text} NOT NULL, definition_text ${longText} NOT NULL, source_fingerprint ${text} NOT NULL,
      source ${longText} NOT NULL, schema_text ${longText} NOT NULL,
      lease_token ${integer} NOT NULL, lease_owner ${text}, lease_expires_at ${integer}, lease_beat ${integer} NOT NULL,
      request ${text}, started_at ${integer} NOT NULL, updated_at ${integer} NOT NULL, finished_at ${integer},
      error_code ${text}, error_message ${longText}, error_hint ${longText}, facts ${longText} NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ferry_steps (
      run_id ${text} NOT NULL, step_no ${integer} NOT NULL, partition_no ${integer} NOT NULL, kind ${text} NOT NULL,
      mapping ${text} NOT NULL, table_name ${text} NOT NULL, key_columns ${longText} NOT NULL, column_names ${longText} NOT NULL,
      status ${text} NOT NULL, at_position ${longText} NOT NULL, counts ${longText} NOT NULL, batches ${integer} NOT NULL,
      id_base ${integer} NOT NULL, expected ${integer}, PRIMARY KEY (run_id, step_no, partition_no))`,
    `CREATE TABLE IF NOT EXISTS ferry_journal (
      run_id ${text} NOT NULL, step_no ${integer} NOT NULL, batch_no ${integer} NOT NULL,
      row_count ${integer} NOT NULL, update_count ${integer} NOT NULL, packed ${blob} NOT NULL,
      PRIMARY KEY (run_id, step_no, batch_no))`,
    `CREATE TABLE IF NOT EXISTS ferry_rejects (
      run_id ${text} NOT NULL, id ${integer} NOT NULL, step_no ${integer} NOT NULL, mapping ${text} NOT NULL,
      item_ordinal ${integer} NOT NULL, key_hash ${integer}, key_text ${longText}, stage ${text} NOT NULL, code ${text} NOT NULL,
      pointer ${longText} NOT NULL, reason ${longText} NOT NULL, budgeted ${integer} NOT NULL, value_text ${longText},
      raw_text ${longText}, parent_key ${longText}, item_index ${integer}, status ${text} NOT NULL, landed_by ${text},
      PRIMARY KEY (run_id, id), UNIQUE (run_id, mapping, key_hash, id))`,
    `CREATE TABLE IF NOT EXISTS ferry_id_scopes (
      run_id ${text} NOT NULL, mapping ${text} NOT NULL, scope ${integer} NOT NULL, entries ${integer} NOT NULL,
      PRIMARY KEY (run_id, mapping), UNIQUE (scope))`,
    `CREATE TABLE IF NOT EXISTS ferry_id_map (
      scope ${integer} NOT NULL, key_hash ${integer} NOT NULL, entry ${integer} NOT NULL,
      key_text ${longText} NOT NULL, pk_text ${longText} NOT NULL, PRIMARY KEY (scope, key_hash, entry))`,
    `CREATE TABLE IF NOT EXISTS ferry_indexes (
      run_id ${text} NOT NULL, table_name ${text} NOT NULL, index_name ${text} NOT NULL, is_foreign_key ${integer} NOT NULL,
      ddl ${longText} NOT NULL, PRIMARY KEY (run_id, table_name, index_name, is_foreign_key))`,
  ]
}
