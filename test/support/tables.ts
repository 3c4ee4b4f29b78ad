import type { ColumnInfo, ForeignKeyInfo, TableInfo } from '../../src/target/target.ts'

/** What a table of a test differs in from a plain one: columns as `name type`, nullable with a `?` at the end. */
export interface TableSketch {
  readonly columns: readonly string[]
  readonly primaryKey: readonly string[]
  /** Ours -> `table.column`. */
  readonly foreignKeys?: Readonly<Record<string, string>>
}

/** Tables as a dialect would read them, by name. */
export function sketchTables(sketches: Readonly<Record<string, TableSketch>>): ReadonlyMap<string, TableInfo> {
  return new Map(Object.entries(sketches).map(([name, sketch]) => [name, sketchTable(name, sketch)]))
}

function sketchTable(name: string, { columns, primaryKey, foreignKeys = {} }: TableSketch): TableInfo {
  return {
    name,
    columns: columns.map(sketchColumn),
    primaryKey,
    indexes: [],
    foreignKeys: Object.entries(foreignKeys).map(([column, target]) => sketchForeignKey(name, column, target)),
    triggers: [],
    checks: [],
    transactional: true,
  }
}

function sketchColumn(text: string): ColumnInfo {
  const [name = '', ...rest] = text.replace('?', '').split(' ')
  return { name, type: rest.join(' ') || 'text', nullable: text.endsWith('?'), hasDefault: false, generated: false, autoIncrement: false }
}

function sketchForeignKey(table: string, column: string, target: string): ForeignKeyInfo {
  const [to = '', toColumn = ''] = target.split('.')
  return {
    name: `${table}_${column}_fk`,
    columns: [column],
    table,
    references: { table: to, columns: [toColumn] },
    onDelete: 'no action',
    deferrable: false,
  }
}
