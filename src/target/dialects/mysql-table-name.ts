import type { SqlValue } from '../../core/row.ts'

/** Condition on table_schema and table_name for `table` (of the current database) or `database.table`. */
export function tableCondition(name: string, prefix = ''): { readonly sql: string; readonly bindings: readonly SqlValue[] } {
  const dot = name.indexOf('.')
  const table = dot < 0 ? name : name.slice(dot + 1)
  return dot < 0
    ? { sql: `${prefix}table_schema = database() and ${prefix}table_name = ?`, bindings: [table] }
    : { sql: `${prefix}table_schema = ? and ${prefix}table_name = ?`, bindings: [name.slice(0, dot), table] }
}

/** Quotes one name, whose dots are its own. */
export function quoteOne(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
