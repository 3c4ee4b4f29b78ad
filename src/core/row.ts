/** A value as a driver binds it: final, in the form the column stores. Never a Date, never a float that stands for a text. */
export type SqlValue = null | boolean | number | bigint | string | Uint8Array

/** One row, in the order of its step's columns. */
export type Row = readonly SqlValue[]

/** What a column is declared to hold in a mapping; the codec of the target column turns it into a `SqlValue`. */
export type ValueKind =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'float'
  | 'decimal'
  | 'boolean'
  | 'timestamp'
  | 'date'
  | 'time'
  | 'uuid'
  | 'bytes'
  | 'json'

/**
 * A value between transform and codec:
 * text: string; integer, bigint: number (safe) or bigint; float: number; decimal: plain decimal text
 * (`-12.5`, no exponent, no leading or trailing zeros); boolean: boolean; timestamp: UTC ISO text
 * `YYYY-MM-DDTHH:mm:ss.SSSZ` (3 fraction digits, up to 9 where the source has more); date: `YYYY-MM-DD`;
 * time: `HH:mm:ss` or `HH:mm:ss.SSS`; uuid: lower-case text; bytes: Uint8Array; json: JSON text.
 */
export type LogicalValue = boolean | number | bigint | string | Uint8Array

/** Why a value cannot stand in its column; turned into a reject with the column's JSON pointer. Holds no value. */
export class ValueProblem {
  readonly code: string
  readonly reason: string
  constructor(code: string, reason: string) {
    this.code = code
    this.reason = reason
  }
}
