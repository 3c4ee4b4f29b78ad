import type { LogicalValue, SqlValue, ValueKind, ValueProblem } from '../../core/row.ts'
import type { ColumnInfo } from '../target.ts'
import type { Affinity } from './sqlite-affinity.ts'

/** What a codec is made for. */
export interface SqliteSlot {
  readonly column: ColumnInfo
  readonly kind: ValueKind
  readonly affinity: Affinity
  readonly strict: boolean
}

/** Turns a logical value into what is bound. */
export type SqliteEncoder = (value: LogicalValue) => Exclude<SqlValue, null> | ValueProblem
