import type { ValueKind } from '../core/row.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'

/** The columns a step wrote, as it was stored. */
export interface StoredColumns {
  readonly columns: readonly string[]
  readonly kinds: readonly ValueKind[]
}

/** The codecs of a stored step's columns; undefined where the table has lost one of them. */
export function codecsOf(step: StoredColumns, table: TableInfo, dialect: Dialect): readonly Codec[] | undefined {
  const codecs: Codec[] = []
  for (const [place, name] of step.columns.entries()) {
    const column = table.columns.find((info) => info.name === name)
    const kind = step.kinds[place]
    if (column === undefined || kind === undefined) return undefined
    codecs.push(dialect.codec(column, kind))
  }
  return codecs
}
