import type { Readable } from 'node:stream'
import type { SqlValue } from '../../core/row.ts'

/** What we use of the `mysql2` connection that Knex's pool holds. */
export interface MysqlConnection {
  readonly config: { readonly clientFlags?: number }
  __knex__disposed?: unknown
  query(options: MysqlQuery, done: (error: unknown, rows: unknown, fields: unknown) => void): unknown
  /** Ends the connection at once, without a word to the server. */
  destroy(): void
}

export interface MysqlQuery {
  readonly sql: string
  readonly typeCast: TypeCast
  readonly rowsAsArray: boolean
  readonly infileStreamFactory?: () => Readable
}

/** One value of a row, as mysql2 hands it to a type cast. */
export interface MysqlField {
  readonly type: string
  readonly extendedFormat?: string
  string(encoding?: string): string | null
  buffer(): Buffer | null
}

export type TypeCast = (field: MysqlField, next: () => unknown) => unknown

/** A statement's answer: rows, or what it changed. */
export interface MysqlAnswer {
  readonly rows: readonly unknown[]
  readonly affectedRows: number
  readonly warningStatus: number
}

export interface AskOptions {
  /** Rows come as arrays of what it makes of their values, which it is called with in their order. Default `easyCast`, with rows as objects. */
  readonly cast?: TypeCast
  /** What the server gets when it asks for the file of LOAD DATA LOCAL. */
  readonly infile?: () => Readable
}

/** Runs one statement through the driver's callback. */
export function askMysql(connection: MysqlConnection, sql: string, options: AskOptions = {}): Promise<MysqlAnswer> {
  const { cast, infile } = options
  const query = { sql, typeCast: cast ?? easyCast, rowsAsArray: cast !== undefined }
  return new Promise((resolve, reject) => {
    connection.query(infile === undefined ? query : { ...query, infileStreamFactory: infile }, (error, rows) => {
      if (error) reject(error)
      else if (Array.isArray(rows)) resolve({ rows, affectedRows: 0, warningStatus: 0 })
      else resolve({ affectedRows: 0, warningStatus: 0, ...(rows as object), rows: [] })
    })
  })
}

/**
 * For data: bigint as bigint, decimals and times as the engine's text, binary as Buffer. Not mysql2's own readers where they lose
 * something: its floats are not exact to the last digit, its dates know zones, and the user's configuration may turn decimals into numbers.
 */
export function exactCast(field: MysqlField, next: () => unknown): SqlValue {
  switch (field.type) {
    case 'TINY':
    case 'SHORT':
    case 'INT24':
    case 'LONG':
    case 'YEAR':
      return next() as number | null
    case 'LONGLONG':
      return mapText(field.string('latin1'), BigInt)
    case 'FLOAT':
    case 'DOUBLE':
      return mapText(field.string('latin1'), Number)
    case 'BIT':
    case 'GEOMETRY':
      return copyBytes(field.buffer())
    case 'JSON':
      return field.string('utf8')
    case 'VAR_STRING':
    case 'STRING':
    case 'VARCHAR':
    case 'BLOB':
    case 'TINY_BLOB':
    case 'MEDIUM_BLOB':
    case 'LONG_BLOB':
    case 'ENUM':
    case 'SET': {
      // Text or bytes by the field's character set, which mysql2 knows; MariaDB's json only it would take apart.
      const value = field.extendedFormat === 'json' ? field.string('utf8') : next()
      return value instanceof Uint8Array ? copyBytes(value) : (value as string | null)
    }
    default:
      return field.string('latin1')
  }
}

/** For small questions: every integer as a number where safe (sum() and count() are decimals and bigints here). */
function easyCast(field: MysqlField, next: () => unknown): SqlValue {
  if (field.type === 'LONGLONG') return mapText(field.string('latin1'), toSafeInteger)
  if (field.type !== 'NEWDECIMAL') return exactCast(field, next)
  return mapText(field.string('latin1'), (text) => (/^-?\d+$/.test(text) ? toSafeInteger(text) : text))
}

function toSafeInteger(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

function mapText<T>(text: string | null, read: (text: string) => T): T | null {
  return text === null ? null : read(text)
}

/** The bytes belong to a packet of many rows, which would stay in memory with them. */
function copyBytes(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes)
}
