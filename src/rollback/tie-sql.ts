import type { Session } from '../target/target.ts'
import type { Tie } from './undo-context.ts'

/**
 * Condition on the table referred to (plain column names, or its own name before them): a row of the referring table points to it.
 * `where`: limits the referring rows, by their plain column names.
 * One column: IN over a subquery, which every engine answers by the index or by one scan; several: EXISTS.
 */
export function tiedSql(session: Session, tie: Tie, where?: string): string {
  const quote = (name: string) => session.dialect.quote(name)
  const from = quote(tie.name)
  const columns = tie.foreignKey.columns.map(quote)
  const limit = where === undefined ? '' : ` AND ${where}`
  const referenced = tie.referenced.map(quote)
  if (columns.length === 1) {
    return `${referenced[0]} IN (SELECT ferry_child.${columns[0]} FROM ${from} ferry_child WHERE ferry_child.${columns[0]} IS NOT NULL${limit})`
  }
  const parent = quote(tie.parent)
  const same = columns.map((column, at) => `ferry_child.${column} = ${parent}.${referenced[at]}`).join(' AND ')
  return `EXISTS (SELECT 1 FROM ${from} ferry_child WHERE ${same}${limit})`
}
