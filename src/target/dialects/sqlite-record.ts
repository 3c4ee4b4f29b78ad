import { RecordBytes } from '../../core/record-bytes.ts'
import type { Row, SqlValue } from '../../core/row.ts'
import { isNumericText } from './sqlite-affinity.ts'

/**
 * What a column does to values on their way in, as its affinity says (https://www.sqlite.org/datatype3.html#type_affinity). `WHOLE`: it makes an integer of 5.0,
 * so a whole number is one from the start. The others: what it stores as it stands.
 */
export const WHOLE = 1
export const KEEPS_TEXT = 2
export const KEEPS_INTEGERS = 4
export const KEEPS_FLOATS = 8
export const TAKES_NULL = 16
/** A column without affinity. */
const KEEPS_ALL = KEEPS_TEXT | KEEPS_INTEGERS | KEEPS_FLOATS | TAKES_NULL

/**
 * Makes records of rows, as SQLite stores them. Values get the storage class that binding them gives: a number is a float, a bigint an integer,
 * a boolean 0 or 1.
 */
export class SqliteRecord {
  readonly record: RecordBytes
  /** Whether the row written last holds texts, integers and NULL alone: then its record is its canonical one too. */
  isCanonical = true
  /** Whether the columns of the rules store each value of the row written last as it stands in the record. */
  isKept = true
  readonly #width: number
  readonly #rules: readonly number[]

  /** `rules`: of each column; those that are not told keep everything. */
  constructor(width: number, rules: readonly number[] = []) {
    this.#width = width
    this.#rules = Array.from({ length: width }, (_, column) => rules[column] ?? KEEPS_ALL)
    this.record = new RecordBytes(width)
  }

  write(row: Row): void {
    const { record } = this
    this.isCanonical = true
    this.isKept = true
    record.begin()
    for (let column = 0; column < this.#width; column += 1) this.#value(row[column], this.#rules[column] ?? KEEPS_ALL)
    record.finish()
  }

  #value(value: SqlValue | undefined, rules: number): void {
    const { record } = this
    if (typeof value === 'string') {
      if ((rules & KEEPS_TEXT) === 0 && isNumericText(value)) this.isKept = false
      record.text(value)
    } else if (typeof value === 'number' && (rules & WHOLE) !== 0 && isWhole(value)) {
      record.integer(value)
    } else if (typeof value === 'bigint') {
      if ((rules & KEEPS_INTEGERS) === 0) this.isKept = false
      record.bigint(value)
    } else if (typeof value === 'boolean') {
      if ((rules & KEEPS_INTEGERS) === 0) this.isKept = false
      record.integer(value ? 1 : 0)
    } else if (value === null || value === undefined) {
      this.#null(rules)
    } else {
      this.isCanonical = false
      // NaN is bound as NULL (https://www.sqlite.org/c3ref/bind_blob.html).
      if (typeof value !== 'number') record.blob(value)
      else if (Number.isNaN(value)) this.#null(rules)
      else this.#float(value, rules)
    }
  }

  #null(rules: number): void {
    if ((rules & TAKES_NULL) === 0) this.isKept = false
    this.record.null()
  }

  #float(value: number, rules: number): void {
    // A REAL column keeps whole numbers as integers, which have no -0.
    if ((rules & KEEPS_FLOATS) === 0 || ((rules & WHOLE) !== 0 && Number.isInteger(value)) || Object.is(value, -0)) this.isKept = false
    this.record.float(value)
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}
