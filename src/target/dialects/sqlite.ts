import type { Knex } from 'knex'
import type { Dialect, Session } from '../target.ts'
import { createSqliteCodec } from './sqlite-codec.ts'
import { classifySqliteError } from './sqlite-faults.ts'
import { checkSqliteForeignKeys, setSqliteForeignKeyChecks } from './sqlite-foreign-keys.ts'
import { checkSqliteIntegrity } from './sqlite-integrity.ts'
import { listSqliteTables, readSqliteTable } from './sqlite-introspection.ts'
import { sqlitePacking } from './sqlite-packing.ts'
import { quoteSqlite } from './sqlite-quote.ts'
import { raiseSqliteSequence, readSqliteSequence } from './sqlite-sequence.ts'
import { openSqliteReader, openSqliteSession } from './sqlite-session.ts'

/** An integrity check looks each row up in each index: with a cache of 2 MB that took two to five times as long. */
const FOR_CHECKS = { cache_size: -16_000 }

/** The cache bounds what is sorted at once: with 16 MB an index took a third longer to build. Threads help it to sort. */
const FOR_INDEXES = { cache_size: -2000, threads: 2 }

/** SQLite through better-sqlite3. */
export const dialect: Dialect = Object.freeze<Dialect>({
  engine: 'sqlite',
  quote: quoteSqlite,
  /** SQLITE_MAX_VARIABLE_NUMBER of the build (https://www.sqlite.org/limits.html). */
  maxBindings: 32_766,
  commitWritesPages: true,
  transactionalDdl: true,
  // unixepoch gives seconds as REAL: rounded, since 123.456 * 1000 may fall just under the whole number.
  nowMs: `CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)`,
  stateTypes: { text: 'text', longText: 'text', integer: 'integer', blob: 'blob' },
  forUpdate: '',
  classify: classifySqliteError,
  codec: createSqliteCodec,
  packing: sqlitePacking,
  openReader: (file) => openSqliteReader(file, dialect),
  listTables: listSqliteTables,
  readTable: readSqliteTable,
  insertSql: (table, columns) =>
    `INSERT INTO ${quoteSqlite(table)} (${columns.map(quoteSqlite).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  setForeignKeyChecks: setSqliteForeignKeyChecks,
  checkForeignKeys: checkSqliteForeignKeys,
  readSequence: readSqliteSequence,
  raiseSequence: raiseSqliteSequence,
  createIndex: (session, ddl) => withPragmas(session, FOR_INDEXES, async () => void (await session.run(ddl))),
  integrityCheck: (session, made = new Set()) => withPragmas(session, FOR_CHECKS, () => checkSqliteIntegrity(session, made)),
})

/** A dedicated session on the connection Knex holds. */
export function openSession(knex: Knex, options: { readonly readOnly?: boolean } = {}): Promise<Session> {
  return openSqliteSession(knex, { dialect, ...options })
}

/** Does a piece of work with some pragmas of the connection set otherwise. */
async function withPragmas<T>(session: Session, pragmas: Readonly<Record<string, number>>, work: () => Promise<T>): Promise<T> {
  const before: string[] = []
  try {
    for (const [name, value] of Object.entries(pragmas)) {
      const [found] = await session.rows(`PRAGMA ${name}`)
      before.push(`PRAGMA ${name} = ${found?.[0] ?? 0}`)
      await session.run(`PRAGMA ${name} = ${value}`)
    }
    return await work()
  } finally {
    for (const pragma of before) await session.run(pragma)
  }
}
