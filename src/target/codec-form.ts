import type { LogicalValue, SqlValue, ValueKind, ValueProblem } from '../core/row.ts'
import type { ColumnInfo } from './target.ts'

/** What a column holds, NULL apart. */
export type Stored = Exclude<SqlValue, null>

/** The two functions of a Codec. `canonical` gives the logical form, so that two engines can be compared. */
export interface CodecForm {
  encode(value: LogicalValue): Stored | ValueProblem
  canonical(stored: Stored): string
  /** Where the plain column would lose something: the expression around its quoted name. */
  select?(quoted: string): string
}

/** Makes the form of a column for a kind. */
export type CreateForm = (column: ColumnInfo, kind: ValueKind) => CodecForm
