import type { ColumnInfo, Session, TableInfo } from '../target.ts'
import { KEEPS_FLOATS, KEEPS_INTEGERS, KEEPS_TEXT, TAKES_NULL, WHOLE } from './sqlite-record.ts'
import type { PrepareStatement } from './sqlite-statements.ts'

/** A longer declaration would not stand beside the other in the file's first page. */
const MOST_DECLARED = 8_192

const RULES: Readonly<Record<NonNullable<ColumnInfo['storage']>['affinity'], number>> = {
  text: KEEPS_TEXT,
  numeric: WHOLE | KEEPS_INTEGERS | KEEPS_FLOATS,
  integer: WHOLE | KEEPS_INTEGERS | KEEPS_FLOATS,
  real: KEEPS_FLOATS,
  blob: KEEPS_TEXT | KEEPS_INTEGERS | KEEPS_FLOATS,
}

/** What a column does to values: see `SqliteRecord`. */
export function rulesOf(column: ColumnInfo | undefined): number {
  const rules = RULES[column?.storage?.affinity ?? 'blob']
  return column?.nullable === false ? rules : rules | TAKES_NULL
}

interface DeclaredColumn extends Record<string, string | number | null> {
  name: string
  notnull: number
  dflt_value: string | null
}

/**
 * Columns that SQLite finds to be those of a table when it asks whether it may copy records as they are. undefined where it could not, or would leave something out that it
 * does for each row: the columns are not all of the table's and in its order, the first is not its INTEGER PRIMARY KEY, or there is a trigger, a CHECK, a
 * collation, a generated or STRICT column.
 */
export async function declareTwin(session: Session, table: TableInfo, columns: readonly string[]): Promise<string | undefined> {
  const [key] = table.columns
  if (key?.autoIncrement !== true || table.triggers.length > 0 || table.checks.length > 0) return undefined
  if (table.columns.some(({ generated, collation, storage }) => generated || collation !== undefined || storage?.strict !== false))
    return undefined
  const facts = await session.all<DeclaredColumn>(`SELECT name, "notnull", dflt_value FROM pragma_table_xinfo(?, 'main')`, [table.name])
  if (facts.length !== columns.length || facts.some(({ name }, at) => name !== columns[at])) return undefined
  const declared = facts.map(({ notnull, dflt_value: value }, at) => {
    const affinity = table.columns[at]?.storage?.affinity ?? 'blob'
    const type = at === 0 ? 'INTEGER PRIMARY KEY' : affinity.toUpperCase()
    return `c${at} ${type}${notnull === 1 ? ' NOT NULL' : ''}${value === null ? '' : ` DEFAULT (${value})`}`
  })
  const text = declared.join(', ')
  return text.length > MOST_DECLARED ? undefined : text
}

/** A table's columns, in its order. */
export function readColumnNames(prepare: PrepareStatement, table: string): readonly string[] {
  const rows = prepare("SELECT name FROM pragma_table_xinfo(?, 'main')", 'arrays').all(table) as (readonly string[])[]
  return rows.map(([name = '']) => name)
}
