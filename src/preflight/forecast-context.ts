import type { HashTable } from '../core/hash-table.ts'
import type { Step, StepOrder } from '../definition/order-steps.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import type { Codec, Session, TableInfo } from '../target/target.ts'
import type { Pipeline } from '../transform/pipeline.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import type { CensusResolver } from './census-resolver.ts'

/** What every step of a forecast shares. */
export interface ForecastContext {
  readonly transfer: ResolvedTransfer
  readonly order: StepOrder
  readonly session: Session
  readonly tables: ReadonlyMap<string, TableInfo>
  /** Rows each target table holds now. */
  readonly rowsNow: Readonly<Record<string, number>>
  readonly resolver: CensusResolver
  readonly hasherFor: (codecs: readonly Codec[]) => RowHasher
  /** What stands under each unique rule so far, by `uniqueName`; grows with the steps. */
  readonly uniqueSets: Map<string, HashTable>
  /** Ordinals of the items that a load step would reject, by mapping: they have no row to link. Only mappings with a patch step. */
  readonly refused: ReadonlyMap<string, Set<number>>
}

/** One step of it. */
export interface StepContext extends ForecastContext {
  readonly step: Step
  readonly mapping: ResolvedMapping
  readonly pipeline: Pipeline
  /** Places of the primary key columns in a row of the step. */
  readonly pkPlaces: readonly number[]
  /** Places of the columns that references take, primary key first. */
  readonly identityPlaces: readonly number[]
}
