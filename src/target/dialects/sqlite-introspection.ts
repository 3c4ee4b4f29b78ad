import type { ColumnInfo, ForeignKeyInfo, IndexInfo, Session, TableInfo } from '../target.ts'
import { toAffinity } from './sqlite-affinity.ts'
import { type Definition, readChecks, readDefinitions, readName } from './sqlite-ddl.ts'

/** Every table but SQLite's own (`sqlite_%`), by name. Views are not tables. */
export async function listSqliteTables(session: Session): Promise<readonly string[]> {
  const rows = await session.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}

/** One table from SQLite's pragmas, and from its CREATE text what no pragma tells (checks, collations, names of foreign keys). */
export async function readSqliteTable(session: Session, name: string): Promise<TableInfo | undefined> {
  const [found] = await session.all<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE`,
    [name.replace(/^main\./i, '')],
  )
  if (found === undefined) return undefined
  const definitions = readDefinitions(found.sql)
  const facts = await session.all<TableXInfo>('SELECT * FROM pragma_table_xinfo(?)', [found.name])
  const indexes = await readIndexes(session, found.name)
  const primaryKey = facts.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
  const [table] = await session.all<{ wr: number; strict: number }>(`SELECT wr, strict FROM pragma_table_list(?) WHERE schema = 'main'`, [
    found.name,
  ])
  const alias =
    table?.wr !== 1 && primaryKey.length === 1 && !indexes.some(({ origin }) => origin === 'pk') ? primaryKey[0]?.name : undefined
  const triggers = await session.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name`,
    [found.name],
  )
  return {
    name: found.name,
    // hidden = 1: an argument of a virtual table, no column of its rows.
    columns: facts
      .filter(({ hidden }) => hidden !== 1)
      .map((fact) => toColumn(fact, { alias, strict: table?.strict === 1, definition: findColumn(definitions, fact.name) })),
    primaryKey: primaryKey.map((column) => column.name),
    indexes: indexes.map(({ info }) => info),
    foreignKeys: await readForeignKeys(session, found.name, definitions),
    triggers: triggers.map((trigger) => trigger.name),
    checks: definitions.flatMap(readChecks),
    transactional: true,
  }
}

/** https://www.sqlite.org/pragma.html#pragma_table_xinfo; hidden: 1 virtual, 2 generated virtual, 3 generated stored. */
interface TableXInfo extends Record<string, string | number | null> {
  name: string
  type: string
  notnull: number
  dflt_value: string | null
  pk: number
  hidden: number
}

function toColumn(
  fact: TableXInfo,
  context: { alias: string | undefined; strict: boolean; definition: Definition | undefined },
): ColumnInfo {
  const type = fact.type.toLowerCase().replace(/\s+/g, ' ').trim()
  const isAlias = fact.name === context.alias
  const collation = readCollation(context.definition)
  return {
    name: fact.name,
    type,
    // SQLite lets NULL into the primary key of an ordinary table; a row without its key could never be found again.
    nullable: fact.notnull === 0 && fact.pk === 0,
    hasDefault: fact.dflt_value !== null && fact.dflt_value.toUpperCase() !== 'NULL',
    generated: fact.hidden > 1,
    autoIncrement: isAlias,
    storage: {
      affinity: context.strict && type === 'any' ? 'blob' : toAffinity(type),
      strict: context.strict,
    },
    ...readArguments(type),
    ...(collation === undefined ? {} : { collation }),
  }
}

function findColumn(definitions: readonly Definition[], name: string): Definition | undefined {
  return definitions.find(({ text }) => readName(text).toLowerCase() === name.toLowerCase())
}

function readCollation(definition: Definition | undefined): string | undefined {
  const found = definition && /\bCOLLATE\s+/i.exec(definition.masked)
  if (!found || definition === undefined) return undefined
  const name = readName(definition.text.slice(found.index + found[0].length)).toUpperCase()
  return name === 'BINARY' ? undefined : name
}

/** `varchar(255)`, `binary(16)` -> maxLength; `numeric(10,2)` -> precision and scale. Integer display widths mean nothing. */
function readArguments(type: string): Pick<ColumnInfo, 'maxLength' | 'precision' | 'scale'> {
  const found = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(type)
  if (found === null) return {}
  const first = Number(found[1])
  if (/char|clob|text|binary|blob/.test(type)) return { maxLength: first }
  if (/dec|num/.test(type)) return { precision: first, scale: Number(found[2] ?? 0) }
  return {}
}

/** https://www.sqlite.org/pragma.html#pragma_index_list; origin: c CREATE INDEX, u UNIQUE, pk PRIMARY KEY. */
async function readIndexes(session: Session, table: string): Promise<{ origin: string; info: IndexInfo }[]> {
  const list = await session.all<{ name: string; is_unique: number; origin: string; partial: number; sql: string | null }>(
    `SELECT l.name, l."unique" AS is_unique, l.origin, l.partial, m.sql
     FROM pragma_index_list(?) AS l LEFT JOIN sqlite_master AS m ON m.type = 'index' AND m.name = l.name ORDER BY l.name`,
    [table],
  )
  const indexes: { origin: string; info: IndexInfo }[] = []
  for (const { name, is_unique, origin, partial, sql } of list) {
    const columns = await session.all<{ name: string | null }>('SELECT name FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno', [
      name,
    ])
    const info = {
      name,
      columns: columns.map((column) => column.name ?? '<expression>'),
      unique: is_unique === 1,
      ...(partial === 1 ? { partial: true } : {}),
      ...(sql === null ? {} : { ddl: sql }),
    }
    indexes.push({ origin, info })
  }
  return indexes
}

/** Foreign keys in order of declaration (the pragma numbers them from the last one back), named as declared or as Knex would. */
async function readForeignKeys(session: Session, table: string, definitions: readonly Definition[]): Promise<ForeignKeyInfo[]> {
  const parts = await session.all<{ id: number; table: string; from: string; to: string | null; on_delete: string }>(
    'SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
    [table],
  )
  const declared = definitions.filter(({ masked }) => /\bREFERENCES\b/i.test(masked))
  const ids = [...new Set(parts.map(({ id }) => id))]
  const keys: ForeignKeyInfo[] = []
  for (const [at, id] of ids.entries()) {
    const members = parts.filter((part) => part.id === id)
    const [first] = members
    if (first === undefined) continue
    const columns = members.map(({ from }) => from)
    const definition = declared.length === ids.length ? declared[at] : undefined
    keys.push({
      name: readConstraintName(definition) ?? `${table}_${columns.join('_')}_foreign`.toLowerCase(),
      columns,
      table,
      references: { table: first.table, columns: await readReferenced(session, first.table, members) },
      onDelete: first.on_delete.toLowerCase() as ForeignKeyInfo['onDelete'],
      deferrable: definition !== undefined && /(?<!NOT\s+)DEFERRABLE\s+INITIALLY\s+DEFERRED/i.test(definition.masked),
    })
  }
  return keys
}

/** `REFERENCES spots` without columns means its primary key. */
async function readReferenced(session: Session, table: string, members: readonly { to: string | null }[]): Promise<string[]> {
  const named = members.map(({ to }) => to).filter((to) => to !== null)
  if (named.length === members.length) return named
  const key = await session.all<{ name: string }>('SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk', [table])
  return key.map(({ name }) => name)
}

function readConstraintName(definition: Definition | undefined): string | undefined {
  if (definition === undefined) return undefined
  const references = definition.masked.search(/\bREFERENCES\b/i)
  const found = [...definition.masked.slice(0, references).matchAll(/\bCONSTRAINT\s+/gi)].at(-1)
  return found === undefined ? undefined : readName(definition.text.slice(found.index + found[0].length))
}
