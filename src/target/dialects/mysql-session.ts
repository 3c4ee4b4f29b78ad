import { Readable } from 'node:stream'
import type { Knex } from 'knex'
import { FerryError } from '../../core/errors.ts'
import type { Row, SqlValue } from '../../core/row.ts'
import { faultOf, toCommitError, toEngineError } from '../engine-error.ts'
import type { PackedRows } from '../row-packing.ts'
import type { BulkPath, Dialect, Session } from '../target.ts'
import { sliceBytes } from './byte-slices.ts'
import { type AskOptions, askMysql, exactCast, type MysqlAnswer, type MysqlConnection } from './mysql-connection.ts'
import { fillPlaceholders, renderLiteral } from './mysql-literals.ts'
import { encodeLoadText, loadSql, sampleColumns } from './mysql-load-text.ts'
import { createMysqlRecords } from './mysql-records.ts'
import { type MysqlSettings, renderSet, wantedSettings } from './mysql-settings.ts'

/** CLIENT_LOCAL_FILES of the handshake: without it the server never asks for a file. */
const LOCAL_FILES = 128
/** Below this many rows a plain INSERT is as fast, and its errors are the engine's own. */
const LOAD_FROM_ROWS = 20
const MAX_STATEMENT_CHARS = 1_000_000

/** A dedicated connection of Knex's pool to MySQL or MariaDB. */
export class MysqlSession implements Session {
  readonly dialect: Dialect
  readonly knex: Knex
  inTransaction = false
  /** Known once the session is open. */
  bulkPath: BulkPath = 'multi-row insert'
  mariadb = false
  readonly #connection: MysqlConnection
  #settings: MysqlSettings = {}
  #statementChars = MAX_STATEMENT_CHARS
  #broken = false
  #closed = false
  #closing: Promise<void> | undefined
  /** A deadlock or lock timeout took the server's transaction away: without this, later statements would commit one by one. */
  #doomed: FerryError | undefined

  private constructor(dialect: Dialect, knex: Knex, connection: MysqlConnection) {
    this.dialect = dialect
    this.knex = knex
    this.#connection = connection
  }

  /** Takes a connection and sets it up. @throws FERRY_TARGET_CONNECT, FERRY_TARGET_UNSUPPORTED (character set) */
  static async open(dialect: Dialect, knex: Knex, options: { readonly readOnly?: boolean }): Promise<MysqlSession> {
    let connection: MysqlConnection
    try {
      connection = await knex.client.acquireConnection()
    } catch (error) {
      throw toEngineError(dialect, error, 'connecting')
    }
    const session = new MysqlSession(dialect, knex, connection)
    try {
      await session.#setUp(options.readOnly === true)
    } catch (error) {
      session.#broken = true
      await session.close()
      throw error
    }
    return session
  }

  async all<T extends Record<string, SqlValue> = Record<string, SqlValue>>(sql: string, bindings: readonly SqlValue[] = []): Promise<T[]> {
    return (await this.#query(sql, bindings)).rows as T[]
  }

  async rows(sql: string, bindings: readonly SqlValue[] = []): Promise<Row[]> {
    return (await this.#query(sql, bindings, { cast: exactCast })).rows as Row[]
  }

  readonly records = createMysqlRecords(async (sql, bindings, cast) => (await this.#query(sql, bindings, { cast })).rows)

  async run(sql: string, bindings: readonly SqlValue[] = []): Promise<number> {
    return (await this.#query(sql, bindings)).affectedRows
  }

  async begin(): Promise<void> {
    if (this.inTransaction) throw internal('a transaction is already open')
    await this.#query('start transaction')
    this.inTransaction = true
  }

  async commit(): Promise<void> {
    if (!this.inTransaction) throw internal('no transaction is open')
    try {
      await this.#query('commit')
      this.inTransaction = false
    } catch (error) {
      await this.rollback()
      this.#destroy()
      // Whether it was committed is not known: the caller asks the database by its fencing token.
      if (faultOf(error)?.kind === 'connection') throw error
      throw toCommitError(this.dialect, error instanceof FerryError ? error.cause : error)
    }
  }

  async rollback(): Promise<void> {
    if (!this.inTransaction) return
    this.inTransaction = false
    this.#doomed = undefined
    await this.#query('rollback').catch(() => this.#destroy())
  }

  async savepoint(name: string): Promise<void> {
    await this.#query(`savepoint ${this.dialect.quote(name)}`)
  }

  async rollbackTo(name: string): Promise<void> {
    await this.#query(`rollback to savepoint ${this.dialect.quote(name)}`)
  }

  async release(name: string): Promise<void> {
    await this.#query(`release savepoint ${this.dialect.quote(name)}`)
  }

  /** On an error some of the rows may stand in the transaction: the caller goes back to its savepoint. */
  async insertRows(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    if (this.bulkPath !== 'load data' || rows.length < LOAD_FROM_ROWS) return this.#insertMany(table, columns, rows)
    const sql = loadSql(table, columns, { samples: sampleColumns(columns, rows), quote: this.dialect.quote })
    await this.#load(table, { sql, chunks: () => encodeLoadText(rows), count: rows.length })
  }

  async insertPacked(table: string, _columns: readonly string[], { count, bytes = new Uint8Array(), sql = '' }: PackedRows): Promise<void> {
    if (count === 0) return
    await this.#load(table, { sql, chunks: () => sliceBytes(bytes), count })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.inTransaction) this.#destroy()
    if (!this.#broken) await this.#query(renderSet(this.#settings)).catch(() => this.#destroy())
    if (this.#broken) this.#destroy()
    this.#closed = true
    this.inTransaction = false
    await this.knex.client.releaseConnection(this.#connection)
  }

  async #setUp(readOnly: boolean): Promise<void> {
    const [server] = await this.all<{ version: string; charset: string; local: number; packet: number }>(
      `select version() as version, @@session.character_set_client as charset, @@global.local_infile as local, @@session.max_allowed_packet as packet`,
    )
    if (server === undefined) throw internal('the server tells no version')
    // The driver encodes statements by the charset of its configuration, which a statement cannot change.
    if (!/^utf8/.test(server.charset)) {
      throw new FerryError('FERRY_TARGET_UNSUPPORTED', `the connection's character set is ${server.charset}`, {
        hint: "Set `charset: 'utf8mb4'` in the connection of the knexfile.",
      })
    }
    this.mariadb = /mariadb/i.test(server.version)
    const wanted = wantedSettings({ mariadb: this.mariadb, readOnly })
    const [before] = await this.all<Record<string, SqlValue>>(
      `select ${Object.keys(wanted)
        .map((name) => `@@session.${name} as ${name}`)
        .join(', ')}`,
    )
    this.#settings = Object.fromEntries(Object.entries(before ?? {}).map(([name, value]) => [name, String(value)]))
    await this.#query(renderSet(wanted))
    this.#statementChars = Math.min(MAX_STATEMENT_CHARS, Math.floor(server.packet / 4))
    if (server.local === 1 && ((this.#connection.config.clientFlags ?? 0) & LOCAL_FILES) !== 0) this.bulkPath = 'load data'
  }

  /** LOAD DATA LOCAL behaves as IGNORE: what it skips or bends shows only in its counts and warnings. */
  async #load(
    table: string,
    data: { readonly sql: string; readonly chunks: () => Iterable<Buffer>; readonly count: number },
  ): Promise<void> {
    const { sql, chunks, count } = data
    const answer = await this.#query(sql, [], { infile: () => Readable.from(chunks()) })
    if (answer.affectedRows === count && answer.warningStatus === 0) return
    const warnings = await this.all<{ Level: string; Code: number; Message: string }>('show warnings limit 1')
    const [first] = warnings
    const lost = count - answer.affectedRows
    const cause = Object.assign(
      new Error(`LOAD DATA took ${answer.affectedRows} of ${count} rows, with ${answer.warningStatus} warnings`),
      {
        errno: first?.Code,
        sqlMessage: first?.Message,
      },
    )
    throw toEngineError(this.dialect, cause, `loading ${count} rows into ${table} (${lost} refused)`)
  }

  async #insertMany(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    const { quote } = this.dialect
    const head = `insert into ${quote(table)} (${columns.map(quote).join(', ')}) values `
    let tuples: string[] = []
    let size = head.length
    let sent = 0
    const flush = async () => {
      if (tuples.length > 0) await this.#query(head + tuples.join(',')).catch((error) => this.#shiftRow(error, sent))
      sent += tuples.length
      tuples = []
      size = head.length
    }
    for (const row of rows) {
      const tuple = `(${row.map(renderLiteral).join(',')})`
      if (size + tuple.length > this.#statementChars) await flush()
      tuples.push(tuple)
      size += tuple.length + 1
    }
    await flush()
  }

  /** The engine counts rows from the statement's first; ours counts from the batch's. */
  #shiftRow(error: unknown, sent: number): never {
    const cause = error instanceof FerryError ? error.cause : undefined
    if (sent === 0 || !(cause instanceof Error) || !('sqlMessage' in cause)) throw error
    const text = String(cause.sqlMessage).replace(/at row (\d+)$/, (_, row: string) => `at row ${Number(row) + sent}`)
    throw toEngineError(this.dialect, Object.assign(cause, { sqlMessage: text }), 'inserting rows')
  }

  async #query(sql: string, bindings: readonly SqlValue[] = [], options: AskOptions = {}): Promise<MysqlAnswer> {
    if (this.#broken || this.#closed) throw toEngineError(this.dialect, new Error('connection is closed'), 'using a closed connection')
    if (this.#doomed !== undefined) throw this.#doomed
    try {
      return await askMysql(this.#connection, fillPlaceholders(sql, bindings), options)
    } catch (error) {
      const wrapped = toEngineError(this.dialect, error, `running ${sql.trim().slice(0, 40).split(/\s+/).slice(0, 3).join(' ')}`)
      const kind = faultOf(wrapped)?.kind
      if (kind === 'connection') this.#destroy()
      if (kind === 'transient' && this.inTransaction) this.#doomed = wrapped
      throw wrapped
    }
  }

  /** Knex drops a connection so marked when it looks at it next. */
  #destroy(): void {
    this.#broken = true
    this.#connection.__knex__disposed ??= new Error('closed by knex-ferry')
    this.#connection.destroy()
  }
}

function internal(message: string): FerryError {
  return new FerryError('FERRY_INTERNAL', message, { hint: 'This is a defect of knex-ferry; please report it with the stack trace.' })
}
