import type { Key } from '../core/record.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { TargetInput } from '../target/open-target.ts'
import { BUILDERS, type Builders } from './builders.ts'
import type { Column } from './column.ts'
import type { Lists, Paths } from './paths.ts'
import type { Conflict, DerivedCheck, Invariant, ItemContext, SwitchTarget } from './transfer.ts'

type Columns<Item, Source> = Readonly<Record<string, Column<Paths<Source>, Paths<Item>, Item>>>

/** One collection (or one nested list of it) -> one table. `Source`: the record; `Item`: the element of `each`, the record where there is none. */
export interface MappingInput<Source, Item = Source> {
  /** The collection. */
  readonly from: string
  /** Path of the list below the record, completed but not checked, since a list may be absent from the type: `floors`, `orders.lines` (a list in each element of a list), `.` (the record itself is the list). */
  readonly each?: Lists<Source> | (string & {}) | readonly string[]
  readonly table: string
  /** By target column; or a function that is given builders with completed paths. */
  readonly columns: Columns<Item, Source> | ((builders: Builders<Paths<Source>, Paths<Item>, Item>) => Columns<Item, Source>)
  /** JSON Schema (draft-07) of one item. */
  readonly schema?: object
  /** Items it is false for are counted as filtered. */
  readonly where?: (value: Item, context: ItemContext) => boolean
  /** Replaces the item's own key: the last part for `each` items, the whole key for records. */
  readonly key?: (value: Item, context: ItemContext) => Key
  /** Decodes the record before anything else; `json` for records that are JSON text. */
  readonly decode?: 'json' | ((value: unknown) => unknown)
  /** An item whose row exists: reject it (`insert`, default), leave the row (`skip`), or write over it (`upsert`). */
  readonly conflict?: Conflict
  /** Columns that find the existing row for skip and upsert; default the primary key. */
  readonly match?: readonly string[]
}

/** A mapping whose types were checked by `mapping`. */
export type MappingDefinition = MappingInput<never, never> & { readonly columns: Readonly<Record<string, Column>> }

/** What `defineTransfer` takes. */
export interface TransferInput {
  /** Names the transfer in the target's state; keep it, ids are made of it. */
  readonly name: string
  /** `--source` overrides it. */
  readonly source?: SourceAdapter
  readonly target: TargetInput
  readonly mappings: Readonly<Record<string, MappingDefinition>>
  /** Collections that are not moved: what each should hold, computed from the others and compared. */
  readonly derived?: Readonly<Record<string, DerivedCheck['derive']>>
  readonly invariants?: readonly Invariant[]
  /** Rejects a run may have: a count, or a share such as `1%`; default 0. */
  readonly maxRejects?: number | string
  /** Default `stop`. */
  readonly onFailure?: 'stop' | 'rollback'
  /** Items of every batch; default: 5,000 first, then as many as the target takes in about a quarter of a second. */
  readonly batchRows?: number
  /** Bytes a batch at most, about; default 8 MiB, and never more than 2 MiB without `batchRows`. */
  readonly batchBytes?: number
  /** Folder of runs, snapshots and backups; default `.ferry`. */
  readonly folder?: string
  /** The app's configuration, switched after verify. */
  readonly switch?: SwitchTarget | readonly SwitchTarget[]
}

/**
 * A mapping whose column paths and functions are checked against the record's type:
 * `mapping<Spot>({ ... })`, or `mapping<Garage, Floor>({ each: 'floors', ... })`.
 */
export function mapping<Source = unknown, Item = Source>(input: MappingInput<Source, Item>): MappingDefinition {
  const columns =
    typeof input.columns === 'function' ? input.columns(BUILDERS as unknown as Builders<Paths<Source>, Paths<Item>, Item>) : input.columns
  return Object.freeze({ ...input, columns } as unknown as MappingDefinition)
}
