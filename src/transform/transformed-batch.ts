import type { Key } from '../core/record.ts'
import type { Reject } from '../core/reject.ts'
import type { Row, SqlValue } from '../core/row.ts'
import type { Step } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'

/** What became of a parent: its row's values by pk column, or why there is none. */
export type Resolution = { readonly found: Readonly<Record<string, SqlValue>> } | 'missing' | 'rejected'

/** Finds parents and existing rows for a whole batch at once. Answers in the order asked. */
export interface Resolver {
  references(mapping: string, keys: readonly Key[], options: { readonly orTarget: boolean }): Promise<readonly Resolution[]>
  /** `match`: column names; `values`: one tuple a row asked. undefined = no such row. @throws when two rows match */
  lookups(
    table: string,
    match: readonly string[],
    column: string,
    values: readonly (readonly SqlValue[])[],
  ): Promise<readonly (SqlValue | undefined)[]>
  /**
   * A quick way for references that take one column of the parent: a function that gives its value for a key, or undefined where `references`
   * must be asked. `count`: keys about to be asked. Resolves with undefined where there is no such way (yet).
   */
  quickParents?(mapping: string, column: string, count: number): Promise<((key: Key) => SqlValue | undefined) | undefined>
}

export interface TransformedRow {
  readonly row: Row
  readonly item: BatchItem
  /** The key references find this row by (after the mapping's `key`). */
  readonly key: Key
}

/** Every item of the batch is in exactly one of rows, rejects, filtered. */
export interface TransformedBatch {
  readonly rows: readonly TransformedRow[]
  readonly rejects: readonly Reject[]
  readonly filtered: number
  /** References set to NULL by policy: column -> count. */
  readonly nulled: Readonly<Record<string, number>>
}

/** A step compiled once: schema, fields, codecs. */
export interface Pipeline {
  readonly step: Step
  readonly table: TableInfo
  /** In the order of step.columns. */
  readonly codecs: readonly Codec[]
  /**
   * Pure: the same items and answers give the same rows and rejects.
   * @throws FERRY_TRANSFORM_MISSING_REFERENCE for a missing parent or row under `missing: 'stop'`
   */
  transform(items: readonly BatchItem[], resolver: Resolver): Promise<TransformedBatch>
}

export interface CompileOptions {
  readonly transfer: ResolvedTransfer
  readonly step: Step
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly dialect: Dialect
  /** First value of an `id.integer()` column of this step's table, fixed at checkpoint zero. */
  readonly idBase: bigint
}
