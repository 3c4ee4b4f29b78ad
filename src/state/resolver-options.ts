import type { StepOrder } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { Session, TableInfo } from '../target/target.ts'

/** What a resolver answers from. */
export interface ResolverOptions {
  readonly session: Session
  readonly transfer: ResolvedTransfer
  readonly order: StepOrder
  readonly tables: ReadonlyMap<string, TableInfo>
  /** The run and its ancestors, the run first. */
  readonly runIds: readonly string[]
}
