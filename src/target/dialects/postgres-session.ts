import type { Knex } from 'knex'
import { FerryError } from '../../core/errors.ts'
import { inTurns } from '../../core/in-turns.ts'
import type { Row, SqlValue } from '../../core/row.ts'
import { faultOf, toCommitError, toEngineError } from '../engine-error.ts'
import type { PackedRows } from '../row-packing.ts'
import type { BulkPath, Dialect, RecordReading, Session } from '../target.ts'
import { sliceBytes } from './byte-slices.ts'
import {
  bindPostgres,
  easyTypes,
  exactTypes,
  type PostgresConnection,
  type PostgresQuery,
  type PostgresResult,
} from './postgres-connection.ts'
import { type CopyStreams, loadCopyStreams, sendCopy } from './postgres-copy.ts'
import { encodeCopyBinary, readColumnTypes, toWriters } from './postgres-copy-binary.ts'
import { type CopyOut, createCopyOut } from './postgres-copy-out.ts'
import { createCopyRecords } from './postgres-copy-records.ts'
import { encodeCopyText } from './postgres-copy-text.ts'
import { insertMany } from './postgres-insert.ts'
import { numberPlaceholders } from './postgres-placeholders.ts'

const BINARY_FROM_ROWS = 100

// Text forms that the codecs read; UTC so that no instant depends on the session.
const SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  extra_float_digits: '3',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  client_encoding: 'UTF8',
}

interface SessionParts {
  readonly connection: PostgresConnection
  readonly copy: CopyStreams | undefined
  readonly readOnly: boolean
}

/** A dedicated connection of Knex's pool to PostgreSQL. */
export class PostgresSession implements Session {
  readonly dialect: Dialect
  readonly bulkPath: BulkPath
  readonly knex: Knex
  readonly #wanted: Readonly<Record<string, string>>
  inTransaction = false
  #broken = false
  #closing: Promise<void> | undefined
  #closed = false
  readonly #connection: PostgresConnection
  /** The driver will not queue queries any more (pg 9). */
  readonly #ask = inTurns((query: PostgresQuery) => this.#connection.query(query))
  readonly #copyStreams: CopyStreams | undefined
  readonly #copyOut: CopyOut | undefined
  readonly #translated = new Map<string, string>()
  #settings: Readonly<Record<string, string>> = {}
  #primaryKeys: ReadonlySet<string> = new Set()

  private constructor(dialect: Dialect, knex: Knex, parts: SessionParts) {
    this.dialect = dialect
    this.#wanted = parts.readOnly ? { ...SETTINGS, default_transaction_read_only: 'on' } : SETTINGS
    this.knex = knex
    this.#connection = parts.connection
    this.#copyStreams = parts.copy
    this.#copyOut = parts.copy && createCopyOut(parts.connection, parts.copy, (query) => this.#query(query))
    this.bulkPath = parts.copy ? 'copy' : 'multi-row insert'
  }

  /** Takes a connection and sets it up. @throws FERRY_TARGET_CONNECT */
  static async open(dialect: Dialect, knex: Knex, options: { readonly readOnly?: boolean }): Promise<PostgresSession> {
    const copy = await loadCopyStreams()
    let connection: PostgresConnection
    try {
      connection = await knex.client.acquireConnection()
    } catch (error) {
      throw toEngineError(dialect, error, 'connecting')
    }
    const session = new PostgresSession(dialect, knex, { connection, copy, readOnly: options.readOnly === true })
    try {
      await session.#setUp()
    } catch (error) {
      session.#broken = true
      await session.close()
      throw error
    }
    return session
  }

  /** The backend's process id as the server told it when the connection began; a pooler in between tells its own. */
  get processId(): number | undefined {
    return this.#connection.processID
  }

  async all<T extends Record<string, SqlValue> = Record<string, SqlValue>>(sql: string, bindings: readonly SqlValue[] = []): Promise<T[]> {
    return (await this.#query({ text: sql, values: bindings, types: easyTypes })).rows as T[]
  }

  async rows(sql: string, bindings: readonly SqlValue[] = []): Promise<Row[]> {
    return (await this.#query({ text: sql, values: bindings, types: exactTypes, rowMode: 'array' })).rows as Row[]
  }

  async eachRow(sql: string, bindings: readonly SqlValue[], _columns: number, look: (row: Row) => void): Promise<number> {
    const out = this.#copyOut
    if (out !== undefined) return this.#read(() => out.rows(sql, bindings, look))
    const rows = await this.rows(sql, bindings)
    for (const row of rows) look(row)
    return rows.length
  }

  get records(): RecordReading | undefined {
    const out = this.#copyOut
    if (out === undefined) return undefined
    const lines: CopyOut['lines'] = (...asked) => this.#read(() => out.lines(...asked))
    const rows: CopyOut['rows'] = (...asked) => this.#read(() => out.rows(...asked))
    return createCopyRecords({ ...out, lines, rows }, this.dialect.quote)
  }

  /** @throws FERRY_TARGET_QUERY and its kin */
  async #read<T>(read: () => Promise<T>): Promise<T> {
    if (this.#broken || this.#closed) throw this.#lost()
    try {
      return await read()
    } catch (error) {
      throw this.#wrap(error, 'reading rows')
    }
  }

  async run(sql: string, bindings: readonly SqlValue[] = []): Promise<number> {
    return (await this.#query({ text: sql, values: bindings })).rowCount ?? 0
  }

  async begin(): Promise<void> {
    if (this.inTransaction) throw internal('a transaction is already open')
    await this.#query({ text: 'begin isolation level read committed' })
    this.inTransaction = true
  }

  async commit(): Promise<void> {
    if (!this.inTransaction) throw internal('no transaction is open')
    let answer: PostgresResult
    try {
      answer = await this.#query({ text: 'commit' })
    } catch (error) {
      await this.#abandon()
      // Whether it was committed is not known: the caller asks the database by its fencing token.
      if (faultOf(error)?.kind === 'connection') throw error
      throw toCommitError(this.dialect, error instanceof FerryError ? error.cause : error)
    }
    // COMMIT of a transaction that had failed "succeeds" with the tag ROLLBACK (manual, COMMIT).
    if (answer.command !== 'COMMIT') {
      await this.#abandon()
      throw toCommitError(this.dialect, new Error(`the server answered ${answer.command}`))
    }
    this.inTransaction = false
  }

  async rollback(): Promise<void> {
    if (!this.inTransaction) return
    this.inTransaction = false
    try {
      await this.#query({ text: 'rollback' })
    } catch {
      this.#broken = true
      this.#destroy()
    }
  }

  async savepoint(name: string): Promise<void> {
    await this.#query({ text: `savepoint ${this.dialect.quote(name)}` })
  }

  async rollbackTo(name: string): Promise<void> {
    await this.#query({ text: `rollback to savepoint ${this.dialect.quote(name)}` })
  }

  async release(name: string): Promise<void> {
    await this.#query({ text: `release savepoint ${this.dialect.quote(name)}` })
  }

  async insertRows(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    if (this.#copyStreams === undefined) return insertMany(this, table, { names: columns.map(this.dialect.quote).join(', '), rows })
    // Few rows do not pay for asking the types.
    const writers = rows.length < BINARY_FROM_ROWS ? undefined : toWriters(await readColumnTypes(this, table, columns))
    const binary = writers && encodeCopyBinary(rows, writers)
    const chunks = binary ?? encodeCopyText(rows)
    await this.#copy(table, columns, { chunks, options: binary === undefined ? '' : 'with (format binary)', count: rows.length })
  }

  async insertPacked(table: string, columns: readonly string[], { count, bytes = new Uint8Array(), sql = '' }: PackedRows): Promise<void> {
    if (this.#copyStreams === undefined) throw internal('packed rows need pg-copy-streams')
    await this.#copy(table, columns, { chunks: sliceBytes(bytes), options: sql, count })
  }

  async #copy(
    table: string,
    columns: readonly string[],
    data: { readonly chunks: Iterable<Buffer>; readonly options: string; readonly count: number },
  ): Promise<void> {
    const { quote } = this.dialect
    if (this.#broken || this.#closed || this.#copyStreams === undefined) throw this.#lost()
    const stream = this.#copyStreams.from(`copy ${quote(table)} (${columns.map(quote).join(', ')}) from stdin ${data.options}`)
    try {
      await sendCopy(this.#connection, stream, data.chunks)
    } catch (error) {
      throw this.#wrap(error, `loading ${data.count} rows into ${table}`)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.inTransaction) this.#broken = true
    if (!this.#broken) await this.#apply(this.#settings).catch(() => this.#destroy())
    this.#closed = true
    this.inTransaction = false
    if (this.#broken) this.#destroy()
    await this.knex.client.releaseConnection(this.#connection)
  }

  async #setUp(): Promise<void> {
    const names = Object.keys(this.#wanted)
    const [before] = await this.all<Record<string, string>>(
      `select ${names.map((name) => `current_setting('${name}') as "${name}"`).join(', ')}`,
    )
    this.#settings = before ?? {}
    await this.#apply(this.#wanted)
    const keys = await this.all<{ name: string }>(
      `select r.relname || '.' || c.conname as name from pg_constraint c join pg_class r on r.oid = c.conrelid where c.contype = 'p'`,
    )
    this.#primaryKeys = new Set(keys.map((key) => key.name))
  }

  async #apply(settings: Readonly<Record<string, string>>): Promise<void> {
    const calls = Object.keys(settings).map((name) => `set_config('${name}', ?, false)`)
    if (calls.length > 0) await this.all(`select ${calls.join(', ')}`, Object.values(settings))
  }

  async #query(query: PostgresQuery): Promise<PostgresResult> {
    if (this.#broken || this.#closed) throw this.#lost()
    const values = query.values ?? []
    try {
      const result: PostgresResult | PostgresResult[] = await this.#ask({
        ...query,
        text: this.#translate(query.text),
        values: values.map((value) => bindPostgres(value as SqlValue)),
      })
      return Array.isArray(result) ? result[result.length - 1] : result
    } catch (error) {
      throw this.#wrap(error, `running ${query.text.trim().slice(0, 40).split(/\s+/).slice(0, 3).join(' ')}`)
    }
  }

  #lost(): FerryError {
    return toEngineError(this.dialect, new Error('Connection terminated'), 'using a closed connection')
  }

  #translate(sql: string): string {
    const known = this.#translated.get(sql)
    if (known !== undefined) return known
    const translated = numberPlaceholders(sql)
    // Statements with lists of values come in many lengths; the short ones repeat.
    if (sql.length < 2000) this.#translated.set(sql, translated)
    return translated
  }

  #wrap(error: unknown, doing: string): FerryError {
    if (error instanceof Error && 'constraint' in error && 'table' in error) {
      const known = this.#primaryKeys.has(`${error.table}.${error.constraint}`)
      Object.assign(error, { ferryPrimaryKey: known || String(error.constraint).endsWith('_pkey') })
    }
    const wrapped = toEngineError(this.dialect, error, doing)
    if (faultOf(wrapped)?.kind === 'connection') this.#broken = true
    return wrapped
  }

  async #abandon(): Promise<void> {
    await this.rollback()
    this.inTransaction = false
    this.#broken = true
    this.#destroy()
  }

  /** Knex drops a connection so marked when it looks at it next; the socket is closed now, so that no lock outlives us. */
  #destroy(): void {
    this.#connection.__knex__disposed ??= new Error('closed by knex-ferry')
    this.#connection.connection?.stream?.destroy()
  }
}

function internal(message: string): FerryError {
  return new FerryError('FERRY_INTERNAL', message, { hint: 'This is a defect of knex-ferry; please report it with the stack trace.' })
}
