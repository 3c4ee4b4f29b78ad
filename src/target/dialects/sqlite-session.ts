import type BetterSqlite3 from 'better-sqlite3'
import type { Knex } from 'knex'
import type { Row, SqlValue } from '../../core/row.ts'
import { toCommitError, toEngineError } from '../engine-error.ts'
import type { ContentMark, Dialect, Session } from '../target.ts'
import { insertSqliteRows } from './sqlite-insert.ts'
import { attachPacked, detachPacked, insertAttached } from './sqlite-packing.ts'
import { createSqliteRecordReading } from './sqlite-record-reading.ts'
import { openRowVisitor } from './sqlite-row-visitor.ts'
import { createStatementCache } from './sqlite-statements.ts'

type Connection = BetterSqlite3.Database & { __knex__disposed?: string }

/** The part of Knex's client that lends and takes back raw connections. */
interface ConnectionLender {
  acquireConnection(): Promise<Connection>
  releaseConnection(connection: Connection): Promise<void>
}

export interface OpenSqliteSessionOptions {
  readonly dialect: Dialect
  /** Nothing can be written (PRAGMA query_only), also where the file itself was opened for writing. */
  readonly readOnly?: boolean
}

/** Wait for another process's lock; better-sqlite3's own default, also given to connections opened with less. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Takes the raw better-sqlite3 connection that Knex's pool holds, for this session alone (Knex's SQLite pool has one: Knex itself waits
 * until `close`). Foreign keys are on, the lock wait is set; both go back to what they were on close.
 * @throws FERRY_TARGET_CONNECT
 */
export async function openSqliteSession(knex: Knex, options: OpenSqliteSessionOptions): Promise<Session> {
  const lender: ConnectionLender = knex.client
  let connection: Connection | undefined
  try {
    connection = await lender.acquireConnection()
    const restore = prepareConnection(connection, options.readOnly === true)
    return createSession({ connection, lender, dialect: options.dialect, restore })
  } catch (error) {
    if (connection !== undefined) {
      // Not lent again: a restore may put another file in the place of a damaged one.
      connection.__knex__disposed = 'it could not be opened, so knex-ferry closed it'
      connection.close()
      await lender.releaseConnection(connection)
    }
    throw toEngineError(options.dialect, error, 'opening the database')
  }
}

/** Wait of a reader, whose work the run does itself where it is kept out. */
const READER_TIMEOUT_MS = 250

const READER_CACHE_KIB = 2000

/** A session of its own on a file, without Knex; nothing can be written. @throws FERRY_TARGET_CONNECT */
export async function openSqliteReader(file: string, dialect: Dialect): Promise<Session> {
  try {
    const { default: Database } = await import('better-sqlite3')
    const connection: Connection = new Database(file, { readonly: true, fileMustExist: true, timeout: READER_TIMEOUT_MS })
    // Each page is read once.
    connection.pragma(`cache_size = -${READER_CACHE_KIB}`)
    const lender = { acquireConnection: async () => connection, releaseConnection: async () => void connection.close() }
    return createSession({ connection, lender, dialect, restore: () => {} })
  } catch (error) {
    throw toEngineError(dialect, error, 'opening the database')
  }
}

/** Sets the pragmas a session needs; gives back the function that undoes what it changed. */
function prepareConnection(connection: Connection, readOnly: boolean): () => void {
  const wanted = [
    { pragma: 'foreign_keys', value: 1, keeps: (now: number) => now === 1 },
    { pragma: 'busy_timeout', value: BUSY_TIMEOUT_MS, keeps: (now: number) => now >= BUSY_TIMEOUT_MS },
    ...(readOnly ? [{ pragma: 'query_only', value: 1, keeps: (now: number) => now === 1 }] : []),
  ]
  // Reads the header: a file that is no database fails here, not at the first batch.
  connection.pragma('schema_version')
  const undo: string[] = []
  for (const { pragma, value, keeps } of wanted) {
    const found = Number(connection.pragma(pragma, { simple: true }))
    undo.push(`${pragma} = ${found}`)
    if (!keeps(found)) connection.pragma(`${pragma} = ${value}`)
  }
  return () => {
    for (const pragma of undo) connection.pragma(pragma)
  }
}

interface SessionParts {
  readonly connection: Connection
  readonly lender: ConnectionLender
  readonly dialect: Dialect
  readonly restore: () => void
}

function createSession(parts: SessionParts): Session {
  const { connection, dialect } = parts
  const statements = createStatementCache(connection)
  const visit = openRowVisitor(connection, statements)
  let broken = false
  let closed = false
  let attached = false
  let unchecked = false
  const letGo = () => {
    try {
      if (attached) detachPacked(statements)
      if (unchecked) connection.pragma('foreign_keys = 1')
    } catch {
      broken = true
    }
    attached = false
    unchecked = false
  }
  const contentVersion = () => Number(connection.pragma('data_version', { simple: true }))
  const beginUnchecked = (mark: ContentMark): boolean => {
    // The switch does nothing inside a transaction, and only inside one can nobody else write.
    if (mark.of !== connection || connection.pragma('foreign_keys', { simple: true }) !== 1) return false
    unchecked = true
    connection.pragma('foreign_keys = 0')
    try {
      statements('BEGIN IMMEDIATE').run()
      if (contentVersion() === mark.version) return true
      statements('ROLLBACK').run()
    } catch (error) {
      undo()
      throw error
    }
    letGo()
    return false
  }

  /** Runs a piece of work; what the driver throws comes out as a FerryError. */
  const guard = async <T>(doing: string | (() => string), work: () => T): Promise<T> => {
    try {
      if (closed) throw new TypeError('The database connection is not open')
      return work()
    } catch (error) {
      throw toEngineError(dialect, error, typeof doing === 'string' ? doing : doing())
    }
  }
  const control = (sql: string) => guard(`running ${sql}`, () => void statements(sql).run())
  const undo = () => {
    try {
      // After a full disk or an I/O error SQLite may have rolled back by itself; a second ROLLBACK would be an error.
      if (connection.inTransaction) connection.exec('ROLLBACK')
      letGo()
      return true
    } catch {
      broken = true
      return false
    }
  }

  const rows: Session['rows'] = (sql, bindings = []) =>
    guard(
      () => renderDoing(sql),
      () => statements(sql, 'arrays').all(...toBindings(bindings)) as Row[],
    )

  return {
    dialect,
    bulkPath: 'prepared insert',
    get inTransaction() {
      return !closed && connection.inTransaction
    },
    all: <T extends Record<string, SqlValue>>(sql: string, bindings: readonly SqlValue[] = []) =>
      guard(
        () => renderDoing(sql),
        () =>
          statements(sql, 'objects')
            .all(...toBindings(bindings))
            .map(toPlainObject) as T[],
      ),
    rows,
    records: createSqliteRecordReading({ rows }),
    eachRow: (sql, bindings, columns, look) =>
      guard(
        () => renderDoing(sql),
        () => visit({ sql, bindings: toBindings(bindings), columns }, look),
      ),
    run: (sql, bindings = []) =>
      guard(
        () => renderDoing(sql),
        () => {
          const statement = statements(sql)
          const values = toBindings(bindings)
          return statement.reader ? statement.all(...values).length : statement.run(...values).changes
        },
      ),
    markContent: () => guard('reading the version of the data', () => ({ version: contentVersion(), of: connection })),
    begin: (options) =>
      guard('running BEGIN IMMEDIATE', () => {
        const mark = options?.unchangedSince
        if (mark === undefined || !beginUnchecked(mark)) statements('BEGIN IMMEDIATE').run()
      }),
    async commit() {
      try {
        statements('COMMIT').run()
        letGo()
      } catch (error) {
        // A memory database lives in its connection: it is kept where the rollback put it right.
        if (!undo() || !connection.memory) broken = true
        throw toCommitError(dialect, error)
      }
    },
    async rollback() {
      if (!closed) undo()
    },
    savepoint: (name) => control(`SAVEPOINT ${dialect.quote(name)}`),
    rollbackTo: (name) => control(`ROLLBACK TO ${dialect.quote(name)}`),
    release: (name) => control(`RELEASE ${dialect.quote(name)}`),
    insertRows: (table, columns, rows) =>
      guard(
        () => `inserting rows into ${table}`,
        () => insertSqliteRows({ prepare: statements, dialect, table, columns }, rows),
      ),
    insertPacked: (table, columns, packed) =>
      guard(
        () => `inserting packed rows into ${table}`,
        () => {
          attachPacked(statements, packed)
          attached = true
          insertAttached(statements, dialect, { table, columns, packed })
        },
      ),
    async close() {
      if (closed) return
      closed = true
      const wasOpen = connection.open && connection.inTransaction
      if (wasOpen && (!undo() || !connection.memory)) broken = true
      await giveBack(parts, broken)
    },
  }
}

/** Releases the connection to the pool, or closes it and tells the pool to replace it. */
async function giveBack({ connection, lender, restore }: SessionParts, broken: boolean): Promise<void> {
  if (!broken && connection.open) restore()
  if (broken || !connection.open) {
    connection.__knex__disposed = 'its transaction failed, so knex-ferry closed it'
    connection.close()
  }
  await lender.releaseConnection(connection)
}

/** better-sqlite3 binds every JS number as REAL (5 into a TEXT column becomes "5.0"): whole numbers go as BigInt, booleans as 1 and 0. */
function toBindings(values: readonly SqlValue[]): (number | bigint | string | Uint8Array | null)[] {
  return values.map((value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value
    if (typeof value === 'boolean') return value ? 1n : 0n
    return value
  })
}

function toPlainObject(row: unknown): Record<string, SqlValue> {
  const plain = row as Record<string, SqlValue>
  for (const name in plain) {
    const value = plain[name]
    if (typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) plain[name] = Number(value)
  }
  return plain
}

/** Verb and table of a statement, nothing else of its text. */
function renderDoing(sql: string): string {
  const verb = /^\s*(\w+)/.exec(sql)?.[1] ?? 'statement'
  const table = /\b(?:into|from|update|table)\s+["`]?(\w+)/i.exec(sql)?.[1]
  return table === undefined ? `running ${verb.toUpperCase()}` : `running ${verb.toUpperCase()} on ${table}`
}
