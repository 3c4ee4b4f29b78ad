import type { ColumnInfo } from '../target.ts'

/** A declared type taken apart: `numeric(10,2)[]` is base `numeric`, arguments [10, 2], array. */
export interface PostgresType {
  readonly base: string
  readonly args: readonly number[]
  readonly array: boolean
  /** Times: whether the type has a zone. */
  readonly zoned: boolean
}

const FORM = /^(.*?)(?:\((\d+)(?:,(-?\d+))?\))?( with(?:out)? time zone)?((?:\[\])*)$/

/** Reads the text of format_type(). */
export function parsePostgresType(column: ColumnInfo): PostgresType {
  const [, base = '', first, second, zone = '', brackets = ''] = FORM.exec(column.type) ?? []
  const args = [first, second].filter((text) => text !== undefined).map(Number)
  return { base: base.trim(), args, array: brackets !== '', zoned: zone === ' with time zone' }
}
