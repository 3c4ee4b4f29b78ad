import type { SqlValue } from '../../core/row.ts'

/** What we use of the `pg` client that Knex's pool holds. */
export interface PostgresConnection {
  readonly processID?: number
  /** The socket's owner: destroying it ends the connection at once, without waiting for a running statement. */
  readonly connection?: { readonly stream?: { destroy(): void } }
  __knex__disposed?: unknown
  query(config: PostgresQuery): Promise<PostgresResult>
  query(submittable: object): object
}

export interface PostgresQuery {
  readonly text: string
  readonly values?: readonly unknown[]
  readonly rowMode?: 'array'
  readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => SqlValue }
}

export interface PostgresResult {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: unknown[]
  readonly fields?: readonly { readonly dataTypeID: number }[]
}

/** Binds a value as pg sends it: text, or bytes. */
export function bindPostgres(value: SqlValue): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array && !Buffer.isBuffer(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return value
}

/** From the server's text of a value that is not NULL. */
export type PostgresParser = (text: string) => SqlValue

const asText: PostgresParser = (text) => text
const asBytes: PostgresParser = (text) => Buffer.from(text.slice(2), 'hex')
const asBoolean: PostgresParser = (text) => text === 't'
const toSafeInteger = (text: string): number | bigint => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

// oids of pg_type.dat, fixed for ever: 16 bool, 17 bytea, 20 int8, 21 int2, 23 int4, 26 oid, 700 float4, 701 float8, 1700 numeric.
const EXACT = new Map<number, PostgresParser>([
  [16, asBoolean],
  [17, asBytes],
  [20, BigInt],
  [21, Number],
  [23, Number],
  [26, Number],
  [700, Number],
  [701, Number],
])
const EASY = new Map<number, PostgresParser>([
  ...EXACT,
  [20, toSafeInteger],
  [1700, (text) => (/^-?\d+$/.test(text) ? toSafeInteger(text) : text)],
])

/** For data: int8 as bigint, numeric, times and json as the engine's text, bytea as Buffer. */
export const exactTypes = { getTypeParser: (oid: number): PostgresParser => EXACT.get(oid) ?? asText }
/** For small questions: every integer as a number where safe. */
export const easyTypes = { getTypeParser: (oid: number): PostgresParser => EASY.get(oid) ?? asText }
