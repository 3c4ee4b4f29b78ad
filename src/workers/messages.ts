import type { Position } from '../core/position.ts'
import type { Key } from '../core/record.ts'
import type { SqlValue } from '../core/row.ts'
import type { RowSumParts } from '../core/row-sum.ts'
import type { Reopening } from '../core/source-adapter.ts'
import type { ForecastSlice } from '../preflight/forecast-slice.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { StepState } from '../state/steps.ts'
import type { TablePart } from '../target/table-rows.ts'
import type { EngineName, TableInfo } from '../target/target.ts'
import type { RefusedItems } from '../transform/expected-rows.ts'
import type { LinkBatch, PackedBatch } from '../transform/packed-batch.ts'
import type { Resolution } from '../transform/pipeline.ts'

/** What a worker is made with. */
export interface WorkerSetup {
  /** The file of the definition: functions cannot be sent to a thread. */
  readonly definitionFile: string
  /** Hash of the definition that the run works with. */
  readonly definitionHash: string
  readonly source: Reopening
  readonly engine: EngineName
}

/** One step, as every worker compiles it. */
export interface StepToCompile {
  readonly number: number
  readonly tables: ReadonlyMap<string, TableInfo>
  /** First `id.integer()` value of the step's mapping. */
  readonly idBases: ReadonlyMap<string, bigint>
}

/** One step of the run. */
export interface StepSetup extends StepToCompile {
  readonly packPlan: unknown
  /** Primary keys of parents in memory that all threads share, by mapping. */
  readonly parents: ReadonlyMap<string, SharedParents>
}

/** A step that is done, whose expected rows the workers add up. */
export interface SumSetup {
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly load: StepState
  readonly patch: StepState | undefined
  /** Places of the columns that the patch step fills. */
  readonly patchedPlaces: readonly number[]
  readonly refused: RefusedItems
  readonly parents: ReadonlyMap<string, SharedParents>
}

/** A load step before the run, whose records the workers forecast. */
export interface ForecastSetup extends StepToCompile {
  readonly parents: ReadonlyMap<string, SharedParents>
  /** Places of the columns that references to the mapping take. */
  readonly identityPlaces: readonly number[]
  /** What the dialect's `openReader` takes, where the table has CHECKs. */
  readonly database: string | undefined
}

/** The table of a step that is done, whose rows the workers read and add up; each takes the next part when it has done one. */
export interface FoundSetup {
  /** What the dialect's `openReader` takes. */
  readonly database: string
  readonly table: TableInfo
  /** Rows to read at once as records; undefined: as values. */
  readonly rowsAtOnce: number | undefined
  readonly load: StepState
  readonly patch: StepState | undefined
  /** Places of the columns that the patch step fills. */
  readonly patchedPlaces: readonly number[]
  readonly parts: readonly TablePart[]
  /** How many of the parts are taken, in memory that all threads share. */
  readonly taken: Uint32Array
}

/** Records of a step, from a position on. */
export interface SliceOrder {
  readonly id: number
  readonly start: Position
  readonly rows: number
}

export interface FoundOrder extends FoundSetup {
  readonly id: number
}

/** The database's check of itself. */
export interface IntegrityOrder {
  readonly id: number
  /** What the dialect's `openReader` takes. */
  readonly database: string
  /** Indexes that were made of the rows that stand in their tables. */
  readonly made: ReadonlySet<string>
}

/** A batch to be read, transformed and packed. */
export interface BatchOrder extends SliceOrder {
  /** Path for the packed rows. */
  readonly file: string
  /** Ordinals of items that a patch step passes over. */
  readonly without: readonly number[]
}

/** What a worker cannot know by itself: the run asks the target, between two commits. */
export type Question =
  | { readonly kind: 'references'; readonly mapping: string; readonly keys: readonly Key[]; readonly orTarget: boolean }
  | {
      readonly kind: 'lookups'
      readonly table: string
      readonly match: readonly string[]
      readonly column: string
      readonly values: readonly (readonly SqlValue[])[]
    }

/** Sums of the rows of the parts that a thread took, and of their links. */
export interface FoundSums {
  readonly load: RowSumParts
  readonly patch: RowSumParts
}

/** In the order asked. */
export type Answers = readonly Resolution[] | readonly (SqlValue | undefined)[]

/** What the orders after it belong to. */
export type Setup =
  | { readonly type: 'step'; readonly setup: StepSetup }
  | { readonly type: 'sum step'; readonly setup: SumSetup }
  | { readonly type: 'forecast step'; readonly setup: ForecastSetup }

/** What a hand does. */
export type Order =
  | { readonly type: 'batch'; readonly order: BatchOrder }
  | { readonly type: 'sum'; readonly order: SliceOrder }
  | { readonly type: 'forecast'; readonly order: SliceOrder }
  | { readonly type: 'found'; readonly order: FoundOrder }
  | { readonly type: 'integrity'; readonly order: IntegrityOrder }
  /** The source's fingerprint, as the thread finds it. */
  | { readonly type: 'fingerprint'; readonly order: { readonly id: number } }

/** What came of an order. */
export type Done =
  | { readonly type: 'packed'; readonly id: number; readonly batch: PackedBatch | LinkBatch }
  | { readonly type: 'summed'; readonly id: number; readonly sum: RowSumParts }
  | { readonly type: 'forecast'; readonly id: number; readonly slice: ForecastSlice }
  | { readonly type: 'checked'; readonly id: number; readonly problems: readonly string[] }
  | { readonly type: 'found summed'; readonly id: number; readonly sum: FoundSums }
  | { readonly type: 'fingerprinted'; readonly id: number; readonly fingerprint: string }
  /** The run transforms the batch itself: what it meets there is an error of its own, or nothing. */
  | { readonly type: 'left'; readonly id: number }

export type ToWorker =
  | Setup
  | Order
  | { readonly type: 'prepare'; readonly step: StepToCompile }
  | { readonly type: 'answers'; readonly question: number; readonly answers: Answers }
  | { readonly type: 'no answers'; readonly question: number }

export type FromWorker =
  | Done
  /** The thread cannot serve the run at all. */
  | { readonly type: 'unable'; readonly why: string }
  | { readonly type: 'question'; readonly number: number; readonly question: Question }
