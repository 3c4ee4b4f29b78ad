import { RecordBytes } from '../../core/record-bytes.ts'
import type { Row, SqlValue } from '../../core/row.ts'

/**
 * Makes records of rows, as SQLite stores them. Values get the storage class that binding them gives: a number is a float, a bigint an integer,
 * a boolean 0 or 1. In a column marked `whole`, where a column's affinity would make an integer of 5.0, a whole number is one from the start.
 */
export class SqliteRecord {
  readonly record: RecordBytes
  /** Whether the row written last holds texts, integers and NULL alone: then its record is its canonical one too. */
  isCanonical = true
  readonly #width: number
  readonly #whole: readonly boolean[]

  constructor(width: number, whole: readonly boolean[] = []) {
    this.#width = width
    this.#whole = whole
    this.record = new RecordBytes(width)
  }

  write(row: Row): void {
    const { record } = this
    this.isCanonical = true
    record.begin()
    for (let column = 0; column < this.#width; column += 1) this.#value(row[column], column)
    record.finish()
  }

  #value(value: SqlValue | undefined, column: number): void {
    const { record } = this
    if (typeof value === 'string') record.text(value)
    else if (typeof value === 'number' && this.#whole[column] === true && isWhole(value)) record.integer(value)
    else if (typeof value === 'bigint') record.bigint(value)
    else if (typeof value === 'boolean') record.integer(value ? 1 : 0)
    else if (value === null || value === undefined) record.null()
    else {
      this.isCanonical = false
      // NaN is bound as NULL (https://www.sqlite.org/c3ref/bind_blob.html).
      if (typeof value !== 'number') record.blob(value)
      else if (Number.isNaN(value)) record.null()
      else record.float(value)
    }
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && (value !== 0 || !Object.is(value, -0))
}
