import type { Knex } from 'knex'
import type { ResolvedTransfer, SourceAdapter } from '../../src/index.ts'
import type { EngineName } from '../beds/bed.ts'

export type Ferry = typeof import('../../src/index.ts')

/** A value of a row; booleans as 1 and 0, instants as ISO 8601 text. */
export type Value = string | number | null
export type Values = readonly Value[]

/** One kind of work that contestants do: which records, into which tables. One file a workload. */
export interface Workload {
  readonly name: string
  /** What a record is, for a heading: `parking sessions of 14 fields, with their vehicles and spots`. */
  readonly title: string
  /** A folder of `<collection>.ndjson`, whose records have their key in `id`; or one snapshot. */
  readonly form: 'ndjson' | 'snapshot'
  /** Records of the main collection where nobody names a number; undefined: as many as its source has. */
  readonly records: { readonly usual: number; readonly full: number } | undefined
  /** Default: all. */
  readonly engines?: readonly EngineName[]
  /** Parents first; columns in the order of the table. */
  readonly tables: readonly TableShape[]
  /** Makes the tables where shapes do not say all there is to them. */
  createTables?(knex: Knex): Promise<void>
  /** Tables refer to one another in a ring: a script of one's own has to turn foreign keys off. */
  readonly ring?: boolean
  /** Parents first. Called once a process: what it gives may count and remember. */
  collections(records: number): readonly Collection[]
  /** The same work as a definition. The library is handed in: the others must not load it. */
  transfer(ferry: Ferry, place: { readonly source: SourceAdapter; readonly folder: string }): ResolvedTransfer | Promise<ResolvedTransfer>
  /** Writes the source, where collections do not make their records. */
  store?(path: string): Promise<void>
  /** Why it cannot be done on this machine; undefined: it can. */
  absent?(): string | undefined
}

/** The records of one collection, and the rows a script of one's own makes of them. */
export interface Collection<T = unknown> {
  readonly name: string
  items?(): Iterable<WorkloadItem<T>>
  readonly fills: readonly Fill<T>[]
}

export interface WorkloadItem<T = unknown> {
  readonly key: string | number
  readonly value: T
}

/** Rows of one table. Method signatures, so that a fill of sessions is a fill of anything. */
export interface Fill<T = unknown> {
  readonly table: string
  /** One row a record, in the order of the table's columns. */
  row?(value: T, key: string | number): Values
  /** Any number of rows a record. */
  rows?(value: T, key: string | number): Iterable<Values>
  /** The row of the floor, which maps nothing; default `row`. */
  bare?(value: T, key: string | number): Values
}

export interface TableShape {
  readonly name: string
  readonly columns: readonly ColumnShape[]
  readonly primaryKey: readonly string[]
  /** Secondary ones, not unique: taken away before a load and made again after, as ours does. */
  readonly indexes?: readonly { readonly name: string; readonly columns: readonly string[] }[]
}

export interface ColumnShape {
  readonly name: string
  readonly type: 'integer' | 'boolean' | 'string' | 'text' | 'time'
  /** Of a string. */
  readonly length?: number
  readonly nullable?: boolean
  /** `vehicles.id` */
  readonly references?: string
}

/** All rows of one table that a record makes. */
export function rowsOf(fill: Fill, key: string | number, value: unknown): Iterable<Values> {
  if (fill.row !== undefined) return [fill.row(value, key)]
  return fill.rows?.(value, key) ?? []
}

/** Records 1 to `count`, known by their number. */
export function* listItems<T>(count: number, make: (id: number) => T): Generator<WorkloadItem<T>> {
  for (let id = 1; id <= count; id += 1) yield { key: id, value: make(id) }
}

export function indexesOf({ tables }: Workload): readonly { readonly name: string; readonly ddl: string }[] {
  return tables.flatMap(({ name: table, indexes = [] }) =>
    indexes.map(({ name, columns }) => ({ name, ddl: `create index ${name} on ${table} (${columns.join(', ')})` })),
  )
}
