import type { ValueKind } from '../core/row.ts'
import type { CompiledStep } from '../transform/compile-steps.ts'

/** Numbers and times mostly come in their order, or near one another. */
const SCATTERED: ReadonlySet<ValueKind> = new Set(['uuid', 'text', 'bytes'])

/**
 * Whether a step's rows have unique values that come in no order, as uuids do: each row goes to another page of that index, so that a transaction of
 * 5,000 of them touches most pages of a large one. Indexes that are not unique are away while many rows are loaded.
 */
export function hasScatteredKeys({ table, columns, kinds }: Pick<CompiledStep, 'table' | 'columns' | 'kinds'>): boolean {
  const unique = [table.primaryKey, ...table.indexes.filter((index) => index.unique).map((index) => index.columns)]
  return unique.flat().some((name) => {
    const kind = kinds[columns.indexOf(name)]
    return kind !== undefined && SCATTERED.has(kind)
  })
}
