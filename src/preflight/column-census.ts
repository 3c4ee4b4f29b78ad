import { charCodeAt } from '../core/char-code-at.ts'
import type { Row } from '../core/row.ts'
import type { Step } from '../definition/order-steps.ts'
import type { TableInfo } from '../target/target.ts'

/** What one column of one step would really hold. */
export interface ColumnCensus {
  readonly mapping: string
  readonly table: string
  readonly column: string
  /** The column's declared type and limits, as the engine tells it. */
  readonly type: string
  readonly maxLength: number | undefined
  readonly nullable: boolean
  readonly values: number
  readonly nulls: number
  /** Shortest and longest text (characters) or bytes; undefined where there is neither. */
  readonly shortest: number | undefined
  readonly longest: number | undefined
  /** Smallest and greatest number; undefined where there is none. */
  readonly least: number | bigint | undefined
  readonly greatest: number | bigint | undefined
}

/** What was counted of one column so far; `shortest` above `longest`: no text yet. */
export interface ColumnTotals {
  nulls: number
  values: number
  shortest: number
  longest: number
  least: Num
  greatest: Num
}

/** Gathers, row by row, what the columns of a step would hold. */
export class ColumnCounter {
  readonly #columns: readonly ColumnTotals[]
  readonly #step: Step
  readonly #table: TableInfo

  constructor(step: Step, table: TableInfo) {
    this.#step = step
    this.#table = table
    this.#columns = step.columns.map(() => ({
      nulls: 0,
      values: 0,
      shortest: Number.POSITIVE_INFINITY,
      longest: -1,
      least: undefined,
      greatest: undefined,
    }))
  }

  count(row: Row): void {
    for (let place = 0; place < this.#columns.length; place += 1) {
      const column = this.#columns[place]
      if (column === undefined) continue
      const value = row[place] ?? null
      if (value === null) {
        column.nulls += 1
        continue
      }
      column.values += 1
      if (typeof value === 'string' || value instanceof Uint8Array) {
        const length = typeof value === 'string' ? characters(value) : value.length
        if (length < column.shortest) column.shortest = length
        if (length > column.longest) column.longest = length
      } else if (typeof value !== 'boolean') {
        if (column.least === undefined || value < column.least) column.least = value
        if (column.greatest === undefined || value > column.greatest) column.greatest = value
      }
    }
  }

  totals(): readonly ColumnTotals[] {
    return this.#columns
  }

  /** Adds what another counter counted of the same step. */
  merge(totals: readonly ColumnTotals[]): void {
    for (const [place, column] of this.#columns.entries()) {
      const more = totals[place]
      if (more === undefined) continue
      column.nulls += more.nulls
      column.values += more.values
      column.shortest = Math.min(column.shortest, more.shortest)
      column.longest = Math.max(column.longest, more.longest)
      if (more.least !== undefined && (column.least === undefined || more.least < column.least)) column.least = more.least
      if (more.greatest !== undefined && (column.greatest === undefined || more.greatest > column.greatest)) column.greatest = more.greatest
    }
  }

  result(): readonly ColumnCensus[] {
    return this.#columns.map((counted, place) => {
      const column = this.#step.columns[place] ?? ''
      const info = this.#table.columns.find(({ name }) => name === column)
      return {
        mapping: this.#step.mapping,
        table: this.#table.name,
        column,
        type: info?.type ?? '',
        maxLength: info?.maxLength,
        nullable: info?.nullable ?? true,
        values: counted.values,
        nulls: counted.nulls,
        shortest: counted.longest < 0 ? undefined : counted.shortest,
        longest: counted.longest < 0 ? undefined : counted.longest,
        least: counted.least,
        greatest: counted.greatest,
      }
    })
  }
}

type Num = number | bigint | undefined

const BEYOND_ONE_UNIT = /[\ud800-\udbff]/

/** Engines count code points, JavaScript UTF-16 units. */
function characters(text: string): number {
  if (!BEYOND_ONE_UNIT.test(text)) return text.length
  let count = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = charCodeAt(text, at)
    if (unit >= 0xd800 && unit < 0xdc00) count -= 1
  }
  return count
}

/** One line a column: `spots.code varchar(255): 5100 values, 0 NULL, 9..12 long`. */
export function renderCensus(census: ColumnCensus): string {
  const { column, table, type, values, nulls, shortest, longest, least, greatest } = census
  const parts = [`${values} values`, `${nulls} NULL`]
  if (longest !== undefined) parts.push(`${shortest}..${longest} long`)
  if (least !== undefined) parts.push(`${least}..${greatest}`)
  return `${table}.${column} ${type}: ${parts.join(', ')}`
}
