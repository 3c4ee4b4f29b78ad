import type { SqlValue } from '../../core/row.ts'

interface NameCondition {
  readonly sql: string
  readonly bindings: readonly SqlValue[]
}

/** Condition on table_schema and table_name for `table` (of the current database) or `database.table`. */
export function tableCondition(name: string, prefix = ''): NameCondition {
  const { sql, bindings } = schemaCondition(name, prefix)
  return { sql: `${sql} and ${prefix}table_name = ?`, bindings: [...bindings, name.slice(name.indexOf('.') + 1)] }
}

/** The same of the views that know a table by the schema of its constraints. */
export function constraintCondition(name: string): NameCondition {
  const { sql, bindings } = tableCondition(name)
  return { sql: sql.replace('table_schema', 'constraint_schema'), bindings }
}

/** The first half of it. */
export function schemaCondition(name: string, prefix = ''): NameCondition {
  const dot = name.indexOf('.')
  return dot < 0
    ? { sql: `${prefix}table_schema = database()`, bindings: [] }
    : { sql: `${prefix}table_schema = ?`, bindings: [name.slice(0, dot)] }
}

/** Quotes one name, whose dots are its own. */
export function quoteOne(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
