import type { Knex } from 'knex'
import type { RecordBytes } from '../core/record-bytes.ts'
import type { LogicalValue, Row, SqlValue, ValueKind, ValueProblem } from '../core/row.ts'
import type { PackedRows, RowPacking } from './row-packing.ts'

export type EngineName = 'sqlite' | 'postgres' | 'mysql'

/** One column as the engine tells it. */
export interface ColumnInfo {
  readonly name: string
  /** The declared type in lower case with its arguments: `varchar(255)`, `numeric(10,2)`, `bigint unsigned`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
  /** Computed by the engine; cannot be written. */
  readonly generated: boolean
  /** Filled by the engine where left out: rowid alias, serial, identity, AUTO_INCREMENT. */
  readonly autoIncrement: boolean
  /** Text lengths in characters; binary in bytes. */
  readonly maxLength?: number
  readonly precision?: number
  readonly scale?: number
  readonly unsigned?: boolean
  readonly enumValues?: readonly string[]
  /** Sort and equality rule where it is not bytewise: `NOCASE`, `utf8mb4_general_ci`. */
  readonly collation?: string
  /** SQLite: what the column does to a value on its way in; `strict` columns refuse other types. */
  readonly storage?: { readonly affinity: 'text' | 'numeric' | 'integer' | 'real' | 'blob'; readonly strict: boolean }
}

export interface IndexInfo {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
  /** Holds for the rows of its WHERE only, or for the beginning of its texts only. */
  readonly partial?: boolean
  /** Foreign keys of this table that need it, or `''` for one of another table: while they are there the engine refuses to drop it (MySQL). */
  readonly neededBy?: readonly string[]
  /** Text that makes it again whole, as the engine tells it; undefined for one that belongs to a constraint, or has more to it than its text says. */
  readonly ddl?: string
}

export interface ForeignKeyInfo {
  readonly name: string
  readonly columns: readonly string[]
  readonly table: string
  readonly references: { readonly table: string; readonly columns: readonly string[] }
  readonly onDelete: 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'
  readonly deferrable: boolean
  /** Text that makes it again after a drop; absent on SQLite, where it belongs to its table. */
  readonly ddl?: string
  /** This user may drop it, and nothing of it is lost when its text makes it again. */
  readonly restorable?: boolean
}

export interface TableInfo {
  readonly name: string
  readonly columns: readonly ColumnInfo[]
  /** In key order; empty where there is none. */
  readonly primaryKey: readonly string[]
  readonly indexes: readonly IndexInfo[]
  /** Of this table, towards others. */
  readonly foreignKeys: readonly ForeignKeyInfo[]
  readonly triggers: readonly string[]
  readonly checks: readonly string[]
  /** False for MyISAM and the like. */
  readonly transactional: boolean
}

/** Between logical value and stored value of one column, on one engine. */
export interface Codec {
  readonly kind: ValueKind
  /** The form the column stores, or why reading it back would differ (the law of values). Never called with null. */
  readonly encode: (value: LogicalValue) => Exclude<SqlValue, null> | ValueProblem
  /** One text per stored value, equal for what `encode` returned and for what `Session.rows` reads back through `select`. Never called with null. */
  readonly canonical: (stored: Exclude<SqlValue, null>) => string
  /**
   * Where a canonical text begins with what its value is: `t` and a text, `n` and the digits of an integer, or something else. Rows are hashed by the value then.
   * `plain`: the `canonical` whose texts and bigints need not be made, since they are `t` or `n` and the value itself; `plainNumbers`: whole numbers too.
   */
  readonly tagged?: { readonly plain: Codec['canonical']; readonly plainNumbers: boolean }
  /** The expression that reads the column so that no digit is lost: `"total"` or `"total"::text`. */
  readonly select: string
}

/** What an engine error means for us. */
export interface EngineFault {
  readonly kind: 'constraint' | 'value' | 'transient' | 'connection' | 'locked' | 'full' | 'read-only' | 'damaged' | 'other'
  /** For constraint: which rule; the reject's code is its upper case. */
  readonly rule?: 'unique' | 'primary_key' | 'foreign_key' | 'not_null' | 'check' | 'trigger'
  /** Names the constraint or column; never a value. */
  readonly detail?: string
  /** 1-based row of the failed bulk statement where the engine tells it. */
  readonly row?: number
}

/** Reads rows as the records that `RowHasher` hashes, without a value for each column. */
export interface RecordReading {
  /** Rows to take at once, so that memory stays small whatever they hold; undefined where a table, or these columns of it, are better read as values. */
  rowsAtOnce(table: TableInfo, codecs: readonly Codec[]): Promise<number | undefined>
  /** For pages of the columns of `codecs` in the order of `order`'s expressions. */
  open(codecs: readonly Codec[], order: readonly string[]): RecordReader
}

export interface RecordReader {
  /** What a page's statement selects. */
  readonly select: string
  /** Shows the records of a page, each until the next. undefined where none of them can be read so. @throws what `rows` throws */
  read(
    page: { readonly sql: string; readonly bindings: readonly SqlValue[] },
    look: (record: RecordBytes) => void,
  ): Promise<RecordsRead | undefined>
}

export interface RecordsRead {
  /** Rows of the page ... */
  readonly found: number
  /** ... of which so many were shown: fewer where one must be read as values. */
  readonly shown: number
  /** Its last row's columns of the order. */
  readonly last: readonly SqlValue[]
}

/** Part of a WHERE, over plain column names. */
export interface Condition {
  readonly where: string
  readonly bindings: Row
}

/** Statements around a temporary table that has some columns of a table. */
export interface Staging {
  createSql(stage: string, table: string, columns: readonly string[]): string
  /** Where it is there. */
  dropSql(stage: string): string
  /** Rows of `table` that have the same `on` columns as a row of the stage; `select`: expressions over bare column names. */
  matchSql(table: string, stage: string, options: { readonly select: string; readonly on: readonly string[] }): string
  /** Sets columns of `table` to those of the stage's row that has the same `on` columns; `whereNull`: where all of them are NULL. */
  updateSql(
    table: string,
    stage: string,
    options: { readonly set: readonly string[]; readonly on: readonly string[]; readonly whereNull: boolean },
  ): string
}

/** Names of foreign keys by their tables. */
export type ForeignKeyNames = ReadonlyMap<string, ReadonlySet<string>>

export interface ForeignKeyWithdrawal {
  /** Drops it, where it is there. */
  drop(session: Session, link: ForeignKeyInfo): Promise<void>
  /** Makes it again where its table is there and it is not, and has every row of the table checked. @throws where a row points nowhere: it is away then */
  restore(session: Session, link: ForeignKeyInfo): Promise<void>
}

/** How engines differ: flags and small methods, each with its why. */
export interface Dialect {
  readonly engine: EngineName
  /** Quotes an identifier; `schema.table` keeps its dot. */
  quote(name: string): string
  /** Most bound values one statement may hold. */
  readonly maxBindings: number
  /** A commit writes every page that the transaction touched, not only what was changed in it. */
  readonly commitWritesPages?: boolean
  /** DDL can be rolled back (not on MySQL: it commits). */
  readonly transactionalDdl: boolean
  /** Expression for the database's clock: ms since 1970 as an integer. */
  readonly nowMs: string
  /** Column types of the ferry_* tables. */
  readonly stateTypes: { readonly text: string; readonly longText: string; readonly integer: string; readonly blob: string }
  /** Clause appended to a SELECT to lock its rows; '' on SQLite, where BEGIN IMMEDIATE holds the whole file. */
  readonly forUpdate: string
  classify(error: unknown): EngineFault
  /** The codec of a column for a kind. @throws FERRY_DEFINITION_TYPE_MISMATCH when the column cannot hold the kind */
  codec(column: ColumnInfo, kind: ValueKind): Codec
  /** Packing rows away from the session; absent: `insertPacked` of its sessions is too. */
  readonly packing?: RowPacking
  /** Opens a database for reading only, away from the run's connection and its Knex, in any thread; absent where only that one reads. @throws FERRY_TARGET_CONNECT */
  openReader?(file: string): Promise<Session>
  /** All tables but the engine's own. */
  listTables(session: Session): Promise<readonly string[]>
  /** undefined when there is no such table. */
  readTable(session: Session, name: string): Promise<TableInfo | undefined>
  /** `INSERT` of one row or update by pk for one SQL text; `match`: on a conflict over these columns do nothing. */
  insertSql(table: string, columns: readonly string[]): string
  /** Opens what makes conditions that a row's key of several columns is one of some keys; absent where a chain of ORs serves as well. */
  openKeys?(session: Session, table: string, columns: readonly string[]): Promise<(keys: readonly Row[]) => Condition>
  /** For rows that meet others: by one statement a batch where a statement is a way to a server and back. Absent on SQLite, where it is a call. */
  readonly staging?: Staging
  /** Taking single foreign keys away for a load, and making them again; absent on SQLite, where they belong to their tables. Outside a transaction. */
  readonly withdrawal?: ForeignKeyWithdrawal
  /** Whether the session has a switch for foreign key checks; false on PostgreSQL, where constraints are dropped and made again instead. Default true. */
  readonly foreignKeysBySession?: boolean
  /** Turns foreign key checks of this session off or on; outside a transaction. PostgreSQL: drops and re-adds constraints, see load/enforcement. */
  setForeignKeyChecks(session: Session, on: boolean): Promise<void>
  /** Rows of `table` whose foreign keys point nowhere: count per constraint. */
  checkForeignKeys(session: Session, table: TableInfo): Promise<readonly { readonly foreignKey: string; readonly count: number }[]>
  /** The next value the engine would give for an auto-increment column; undefined where it has none. */
  readSequence(session: Session, table: TableInfo): Promise<number | bigint | undefined>
  /** Makes the next value of the engine at least `next`; never lowers it. Inside the caller's transaction. */
  raiseSequence(session: Session, table: TableInfo, next: number | bigint): Promise<void>
  /** Runs the statement that makes an index, with the session set for it. Default: as it is. */
  createIndex?(session: Session, ddl: string): Promise<void>
  /** Counts a table anew for whoever plans statements; outside a transaction. Absent where the engine does so by itself, in time. */
  refreshStatistics?(session: Session, table: string): Promise<void>
  /** Problems found by the engine's own check; empty when whole. `made`: indexes that were just made of their tables' rows, which need not be compared with them. */
  integrityCheck(session: Session, made?: ReadonlySet<string>): Promise<readonly string[]>
}

/** Made by a session, for that session only. */
export interface ContentMark {
  readonly version: number
  readonly of: object
}

/** How `insertRows` moves many rows. */
export type BulkPath = 'prepared insert' | 'copy' | 'load data' | 'multi-row insert'

/**
 * One dedicated connection. SQL is written with `?` placeholders for every engine.
 * Every error thrown by the driver comes out as a FerryError FERRY_TARGET_QUERY (or _LOCKED, _FULL, _READ_ONLY, _CONNECT)
 * with the driver's error as `cause`; `faultOf(error)` tells what it means.
 */
export interface Session {
  readonly dialect: Dialect
  readonly bulkPath: BulkPath
  /** True between begin and commit/rollback. */
  readonly inTransaction: boolean
  /** Rows as objects, for state and small questions: integers are numbers where safe, else bigint. */
  all<T extends Record<string, SqlValue> = Record<string, SqlValue>>(sql: string, bindings?: readonly SqlValue[]): Promise<T[]>
  /** Rows as arrays with exact values (bigint for every integer of SQLite), for data; the caller pages. */
  rows(sql: string, bindings?: readonly SqlValue[]): Promise<Row[]>
  /**
   * Gives the same rows one by one, without keeping them: the quicker way to look at many. `columns`: how many each has. Resolves with their number.
   * Absent where `rows` is as quick.
   */
  eachRow?(sql: string, bindings: readonly SqlValue[], columns: number, look: (row: Row) => void): Promise<number>
  /** Absent where rows are read as values alone. */
  readonly records?: RecordReading | undefined
  /** Runs one statement; the number of rows it changed. */
  run(sql: string, bindings?: readonly SqlValue[]): Promise<number>
  /**
   * A mark of what the database holds now. A transaction begun with it checks no foreign keys while nobody else has written since: for rows whose
   * parents were all seen after the mark. Absent where the engine cannot tell.
   */
  markContent?(): Promise<ContentMark>
  /** Starts a transaction that may write (SQLite: BEGIN IMMEDIATE). @throws FERRY_TARGET_LOCKED after the engine's wait */
  begin(options?: { readonly unchangedSince?: ContentMark }): Promise<void>
  /** @throws FERRY_LOAD_COMMIT after rolling back and marking the connection broken */
  commit(): Promise<void>
  /** Never throws; a connection that cannot roll back is destroyed. */
  rollback(): Promise<void>
  savepoint(name: string): Promise<void>
  rollbackTo(name: string): Promise<void>
  release(name: string): Promise<void>
  /** The engine's fastest insert of many rows, inside the caller's transaction; all or an error. Rows in `columns`' order. */
  insertRows(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>
  /** The same for packed rows. On an error some of them may stand in the transaction: the caller rolls it back. */
  insertPacked?(table: string, columns: readonly string[], packed: PackedRows): Promise<void>
  /** Gives the connection back to Knex's pool, or destroys it when broken or in a transaction. Idempotent. */
  close(): Promise<void>
}

/** An open target: Knex plus what the engine is. */
export interface Target {
  readonly knex: Knex
  readonly engine: EngineName
  readonly dialect: Dialect
  /** The database without secrets: `sqlite:/app/garage.sqlite`, `postgres://127.0.0.1:5432/garage`. */
  readonly label: string
  /** SQLite: path of the file, or ':memory:'. */
  readonly file: string | undefined
  openSession(): Promise<Session>
  /** Destroys Knex when this target opened it; a Knex that was handed in stays open. Idempotent. */
  close(): Promise<void>
}
