import type { Knex } from 'knex'
import type { Key } from '../core/record.ts'
import type { ValueKind } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { TargetInput } from '../target/open-target.ts'

/** What a function of the definition sees beside the item. */
export interface ItemContext {
  readonly key: Key
  /** The whole record, where the item is an element of its `each` list. */
  readonly record: unknown
  readonly recordKey: Key
  readonly index: number
}

/** The next number of a counter that the app keeps, or a function that is asked when the load is done. */
export type CounterInput = number | bigint | (() => number | bigint)

/** Where a column's value comes from. Paths are lists of member names; [] is the whole. */
export type ColumnOrigin =
  | {
      readonly from: 'key' /** part of a nested key */
      readonly at?: number
      /** What the engine's own counter must give after the load, when the app keeps one. */
      readonly next?: CounterInput
    }
  | { readonly from: 'field'; readonly path: readonly string[] }
  | { readonly from: 'item'; readonly path: readonly string[] }
  | { readonly from: 'index'; readonly base: number }
  | { readonly from: 'parent' /** default: the mapping one `each` level up */; readonly mapping?: string; readonly column?: string }
  | {
      readonly from: 'id'
      readonly strategy: 'uuid' | 'integer' /** integer: first value, when the app keeps a counter */
      readonly start?: number | bigint
    }
  | {
      readonly from: 'reference'
      readonly mapping: string
      /** The parent's source key, or null/undefined for no link. */
      readonly key: (value: never, context: ItemContext) => Key | null | undefined
      /** Where the key stands in the item, when it was given as a path; part of the hash. */
      readonly path?: readonly string[]
      /** Parent is absent from the source. */
      readonly missing: 'reject' | 'null' | 'stop'
      /** Look in the target's rows too, when the source does not have the parent. */
      readonly orTarget: boolean
      /** Which column of the parent's row; default its only pk column. */
      readonly column?: string
    }
  | {
      readonly from: 'lookup'
      readonly table: string
      /** Target columns by the value (field path or function) they must equal. */
      readonly match: Readonly<Record<string, (value: never, context: ItemContext) => unknown>>
      /** The values of `match` that were given as paths of the item; part of the hash. */
      readonly paths?: Readonly<Record<string, readonly string[]>>
      /** Default: the only pk column of the table. */
      readonly column?: string
      readonly missing: 'reject' | 'null' | 'stop'
    }
  | { readonly from: 'constant'; readonly value: unknown }
  | { readonly from: 'computed'; readonly compute: (value: never, context: ItemContext) => unknown }

/** How a value is read as a kind; every widening or rounding is here because somebody declared it. */
export interface Conversion {
  readonly kind: ValueKind
  /** timestamp, date, time: how to read it. Absent: ISO 8601 with offset, Date, `{ $date }`. */
  readonly pattern?: string
  readonly zone?: string
  readonly epoch?: 'ms' | 's'
  /** Which of two instants, or the shift, in a DST overlap or gap. */
  readonly ambiguous?: 'earlier' | 'later'
  /** decimal: digits after the point. */
  readonly scale?: number
  /** decimal: stored as an integer of 10^-scale units (cents). */
  readonly scaled?: boolean
  readonly round?: 'half-even' | 'half-up' | 'down'
  /** oneOf: source value (as text) -> target value. */
  readonly values?: ReadonlyMap<string | number | boolean | null, string | number | boolean>
  /** text: cut at this many characters, declared. */
  readonly truncate?: number
  readonly trim?: boolean
  /** '' reads as absent, declared. */
  readonly emptyAsNull?: boolean
  /** boolean from numbers or words, integer from numeric text and so on: declared. */
  readonly parse?: boolean
}

/** What a column builder holds; frozen data. */
export interface ColumnSpec {
  readonly origin: ColumnOrigin
  /** undefined: taken from the parent's column (parent, reference, lookup) or from the strategy (id). */
  readonly convert: Conversion | undefined
  readonly optional: boolean
}

export type Conflict = 'insert' | 'skip' | 'upsert'

/** A mapping after defaults, checks and freezing. */
export interface ResolvedMapping {
  readonly name: string
  readonly from: string
  /** See ReadBatchesOptions.each. */
  readonly each: readonly string[]
  readonly table: string
  /** By column name, in the order written. */
  readonly columns: Readonly<Record<string, ColumnSpec>>
  /** JSON Schema of one item, or undefined. */
  readonly schema: Readonly<Record<string, unknown>> | undefined
  readonly where: ((value: never, context: ItemContext) => boolean) | undefined
  /** Replaces the item's own key: last part for `each` items, whole key for records. */
  readonly key: ((value: never, context: ItemContext) => Key) | undefined
  /** Decodes the record before anything else: `json` for values that are JSON text (double encoding). */
  readonly decode: ((value: unknown) => unknown) | undefined
  readonly conflict: Conflict
  /** Columns that find the existing row for skip and upsert; [] = primary key. */
  readonly match: readonly string[]
}

/** A collection that is not moved: recomputed from the source and compared. */
export interface DerivedCheck {
  readonly collection: string
  /** Gives what the collection should hold, from the other collections: keys, or [key, value] pairs. */
  readonly derive: (store: StoreReader) => AsyncIterable<Key> | Iterable<Key> | Promise<Iterable<Key>>
}

/** What `derived` and invariants may read of the source. */
export interface StoreReader {
  records(collection: string): AsyncIterable<{ readonly key: Key; readonly value: unknown }>
}

/** A truth about the result: `sql` gives one value; it must equal `equals`, or what `source` computes. */
export interface Invariant {
  readonly name: string
  readonly sql: string
  readonly equals?: string | number | bigint | null
  readonly source?: (store: StoreReader) => Promise<string | number | bigint>
}

/** The user's definition after defaults, checks and freezing. */
export interface ResolvedTransfer {
  readonly name: string
  readonly source: SourceAdapter | undefined
  readonly target: TargetInput
  readonly mappings: readonly ResolvedMapping[]
  readonly derived: readonly DerivedCheck[]
  readonly invariants: readonly Invariant[]
  /** A count, or a share of the items (0.01 = 1 %). */
  readonly maxRejects: { readonly count: number } | { readonly share: number }
  readonly onFailure: 'stop' | 'rollback'
  readonly batchRows: number
  /** The definition names no `batchRows`: a step begins with that many, and goes on with what suits the target. */
  readonly batchesAdapt: boolean
  readonly batchBytes: number
  /** Folder of runs, snapshots and backups; default `.ferry`. */
  readonly folder: string
  /** The app's configuration to switch after verify; see switch/. */
  readonly switch: readonly SwitchTarget[]
  /** sha256 over the declarative parts (no functions, none of maxRejects, batch size, onFailure). */
  readonly hash: string
  /** The hashed text itself, kept in the run so that a difference can be said. */
  readonly hashedText: string
}

export interface SwitchTarget {
  readonly file: string
  /** Names to set: `STORAGE` in an .env file, `storage.driver` in JSON. */
  readonly set: Readonly<Record<string, string | number | boolean | null>>
}

export type { Knex }
