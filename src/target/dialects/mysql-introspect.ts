import type { SqlValue } from '../../core/row.ts'
import type { ColumnInfo, ForeignKeyInfo, IndexInfo, Session, TableInfo } from '../target.ts'
import { constraintCondition, quoteOne, schemaCondition, tableCondition } from './mysql-table-name.ts'

/** Names of the base tables of the current database. */
export async function listMysqlTables(session: Session): Promise<readonly string[]> {
  const found = await session.all<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') order by 1`,
  )
  return found.map((row) => row.name)
}

/** Everything the contract asks about one table, from information_schema; undefined where there is none. */
export async function readMysqlTable(session: Session, name: string): Promise<TableInfo | undefined> {
  const where = tableCondition(name, 't.')
  const [table] = await session.all<{ transactional: string | null }>(
    `select e.transactions as transactional from information_schema.tables t
       left join information_schema.engines e on e.engine = t.engine
     where ${where.sql} and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED')`,
    where.bindings,
  )
  if (table === undefined) return undefined
  const indexes = await readIndexes(session, name)
  const foreignKeys = await readForeignKeys(session, name)
  const tied = [...foreignKeys, ...(await readReferenced(session, name)).map((columns) => ({ name: '', columns }))]
  return {
    name,
    columns: await readColumns(session, name),
    primaryKey: indexes.find((index) => index.name === 'PRIMARY')?.columns ?? [],
    indexes: indexes.filter((index) => index.name !== 'PRIMARY').map((index) => markNeeded(index, tied)),
    foreignKeys,
    triggers: await readTriggers(session, name),
    checks: await readChecks(session, name),
    transactional: table.transactional === 'YES',
  }
}

type ColumnRow = {
  name: string
  type: string
  nullable: string
  preset: string | null
  extra: string
  length: number | bigint | null
  octets: number | bigint | null
  numeric_precision: number | null
  scale: number | null
  collation: string | null
}

async function readColumns(session: Session, table: string): Promise<ColumnInfo[]> {
  const where = tableCondition(table)
  const found = await session.all<ColumnRow>(
    `select column_name as name, column_type as type, is_nullable as nullable, column_default as preset, extra as extra,
       character_maximum_length as length, character_octet_length as octets, numeric_precision as numeric_precision,
       numeric_scale as scale, collation_name as collation
     from information_schema.columns where ${where.sql} order by ordinal_position`,
    where.bindings,
  )
  return found.map(toColumn)
}

function toColumn(row: ColumnRow): ColumnInfo {
  const isEnum = /^enum\(/i.test(row.type)
  // Labels keep their case; the rest of a type has none that matters.
  const type = isEnum || /^set\(/i.test(row.type) ? row.type : row.type.toLowerCase()
  const isDecimal = /^(decimal|numeric)/.test(type)
  return {
    name: row.name,
    type,
    nullable: row.nullable === 'YES',
    // MariaDB writes the absence of a default as the word NULL; its text defaults are quoted.
    hasDefault: row.preset !== null && row.preset !== 'NULL',
    generated: /(VIRTUAL|STORED|PERSISTENT) GENERATED/i.test(row.extra),
    autoIncrement: /auto_increment/i.test(row.extra),
    ...(row.length !== null && !isEnum ? { maxLength: Number(row.length) } : {}),
    ...(isDecimal && row.numeric_precision !== null ? { precision: row.numeric_precision, scale: row.scale ?? 0 } : {}),
    ...(/\bunsigned\b/.test(type) ? { unsigned: true } : {}),
    ...(isEnum ? { enumValues: readLabels(row.type) } : {}),
    ...(row.collation === null ? {} : { collation: row.collation }),
  }
}

function readLabels(type: string): string[] {
  return [...type.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = '']) => label.replaceAll("''", "'"))
}

/** A right on a table, by the expressions that name it, granted to this very user; what a role brings along is not seen. */
function mayOn(right: string, schema: string, table: string): string {
  const mine = `p.privilege_type = '${right}' and p.grantee = concat('''', replace(current_user(), '@', '''@'''), '''')`
  return `exists (
    select 1 from information_schema.user_privileges p where ${mine}
    union all select 1 from information_schema.schema_privileges p where ${mine} and ${schema} like p.table_schema
    union all select 1 from information_schema.table_privileges p where ${mine} and p.table_schema = ${schema} and p.table_name = ${table})`
}

type IndexRow = {
  name: string
  column_name: string | null
  non_unique: number
  sub_part: number | null
  direction: string | null
  type: string
  droppable: number
}

async function readIndexes(session: Session, table: string): Promise<IndexInfo[]> {
  const where = tableCondition(table, 's.')
  const found = await session.all<IndexRow>(
    `select index_name as name, column_name as column_name, non_unique as non_unique, sub_part as sub_part, collation as direction,
       index_type as type, (${mayOn('INDEX', 's.table_schema', 's.table_name')}) as droppable
     from information_schema.statistics s where ${where.sql} order by index_name, seq_in_index`,
    where.bindings,
  )
  const byName = new Map<string, IndexRow[]>()
  for (const row of found) byName.set(row.name, [...(byName.get(row.name) ?? []), row])
  const dressed = await readDressedIndexes(session, table)
  return [...byName].map(([name, parts]) => toIndex(session, table, { name, parts, dressed: dressed.has(name) }))
}

/** Indexes with more to them than their columns: a comment, a parser, invisibility. SHOW CREATE TABLE writes that after the columns. */
async function readDressedIndexes(session: Session, table: string): Promise<ReadonlySet<string>> {
  const [shown] = await session.rows(`show create table ${session.dialect.quote(table)}`)
  const lines = String(shown?.[1] ?? '').matchAll(/^\s+(?:\w+ )?KEY `((?:[^`]|``)*)` \((.*)$/gm)
  return new Set(
    [...lines].flatMap(([, name = '', rest = '']) => (/\)(?: USING BTREE)?,?$/.test(rest) ? [] : [name.replaceAll('``', '`')])),
  )
}

function toIndex(session: Session, table: string, index: { name: string; parts: readonly IndexRow[]; dressed: boolean }): IndexInfo {
  const { quote } = session.dialect
  const { name, parts, dressed } = index
  const columns = parts.map((part) => part.column_name ?? '')
  const told = {
    name,
    columns,
    unique: parts[0]?.non_unique === 0,
    ...(parts.some((part) => part.sub_part !== null) ? { partial: true } : {}),
  }
  // An expression index (MySQL 8) tells no text here that makes it again; this user may neither drop nor make one without the right.
  if (name === 'PRIMARY' || columns.includes('') || dressed || parts[0]?.droppable !== 1) return told
  const type = parts[0]?.type ?? 'BTREE'
  const word = told.unique ? 'unique ' : type === 'FULLTEXT' || type === 'SPATIAL' ? `${type.toLowerCase()} ` : ''
  const keys = parts.map((part) => {
    const length = part.sub_part === null || type === 'SPATIAL' ? '' : `(${part.sub_part})`
    return `${quote(part.column_name ?? '')}${length}${part.direction === 'D' ? ' desc' : ''}`
  })
  return { ...told, ddl: `create ${word}index ${quoteOne(name)} on ${quote(table)} (${keys.join(', ')})` }
}

/** InnoDB keeps one index that begins with a foreign key's columns, on either side. With two of them one could go; none is offered. */
function markNeeded(index: IndexInfo, tied: readonly Pick<ForeignKeyInfo, 'name' | 'columns'>[]): IndexInfo {
  const served = tied.filter(({ columns }) => columns.every((column, place) => index.columns[place] === column))
  return served.length > 0 ? { ...index, neededBy: served.map(({ name }) => name) } : index
}

/**
 * Column lists of this table that foreign keys of its own database point to. MariaDB opens every table of the server to tell those of others, some of which
 * may be on their way out, which it does not always survive (10.11.19); an index that one of them needs is refused when it is to be dropped.
 */
async function readReferenced(session: Session, table: string): Promise<string[][]> {
  const where = tableCondition(table, 'referenced_')
  const own = schemaCondition(table)
  const found = await session.all<{ owner: string; name: string; column_name: string }>(
    `select table_name as owner, constraint_name as name, referenced_column_name as column_name
     from information_schema.key_column_usage where ${own.sql} and ${where.sql} order by 1, 2, ordinal_position`,
    [...own.bindings, ...where.bindings],
  )
  const byKey = new Map<string, string[]>()
  for (const row of found) {
    const key = `${row.owner} ${row.name}`
    byKey.set(key, [...(byKey.get(key) ?? []), row.column_name])
  }
  return [...byKey.values()]
}

type ForeignKeyRow = {
  name: string
  column_name: string
  parent_schema: string
  parent: string
  parent_column: string
  own: number
  restorable: number
  mariadb: number
}

// Dropping and adding takes what ALTER TABLE does (https://dev.mysql.com/doc/refman/8.0/en/alter-table.html), and REFERENCES on the parent.
const RESTORABLE = ['ALTER', 'CREATE', 'INSERT', 'INDEX']
  .map((right) => mayOn(right, 'k.table_schema', 'k.table_name'))
  .concat(mayOn('REFERENCES', 'k.referenced_table_schema', 'k.referenced_table_name'))
  .join(' and ')

async function readForeignKeys(session: Session, table: string): Promise<ForeignKeyInfo[]> {
  const where = tableCondition(table, 'k.')
  const found = await session.all<ForeignKeyRow>(
    `select k.constraint_name as name, k.column_name as column_name, k.referenced_table_schema as parent_schema,
       k.referenced_table_name as parent, k.referenced_column_name as parent_column, k.referenced_table_schema = database() as own,
       (${RESTORABLE}) as restorable, version() like '%MariaDB%' as mariadb
     from information_schema.key_column_usage k
     where ${where.sql} and k.referenced_table_name is not null order by k.constraint_name, k.ordinal_position`,
    where.bindings,
  )
  if (found.length === 0) return []
  // No join: MariaDB reads the tables of every database for its second view.
  const owned = constraintCondition(table)
  const rules = await session.all<{ name: string; on_delete: string; on_update: string }>(
    `select constraint_name as name, delete_rule as on_delete, update_rule as on_update
     from information_schema.referential_constraints where ${owned.sql}`,
    owned.bindings,
  )
  const names = [...new Set(found.map((row) => row.name))]
  return names.map((name) => {
    const parts = found.filter((row) => row.name === name)
    const { on_delete: onDelete = '', on_update: onUpdate = '' } = rules.find((rule) => rule.name === name) ?? {}
    return toForeignKey(session, table, { parts, onDelete: RULES[onDelete] ?? 'no action', onUpdate: RULES[onUpdate] ?? 'no action' })
  })
}

const RULES: Readonly<Record<string, ForeignKeyInfo['onDelete']>> = {
  'NO ACTION': 'no action',
  RESTRICT: 'restrict',
  CASCADE: 'cascade',
  'SET NULL': 'set null',
  'SET DEFAULT': 'set default',
}

interface ForeignKeyFacts {
  readonly parts: readonly ForeignKeyRow[]
  readonly onDelete: ForeignKeyInfo['onDelete']
  readonly onUpdate: ForeignKeyInfo['onDelete']
}

function toForeignKey(session: Session, table: string, { parts, onDelete, onUpdate }: ForeignKeyFacts): ForeignKeyInfo {
  const { quote } = session.dialect
  const [first] = parts
  const name = first?.name ?? ''
  const columns = parts.map((part) => part.column_name)
  const parent = first?.own === 1 ? first.parent : `${first?.parent_schema}.${first?.parent}`
  const parentColumns = parts.map((part) => part.parent_column)
  // Each names the rule that it takes where none is said, but MariaDB adds RESTRICT in place as NO ACTION where it is said.
  const silent = first?.mariadb === 1 ? 'restrict' : 'no action'
  const rules = [`delete ${onDelete}`, `update ${onUpdate}`].filter((rule) => !rule.endsWith(silent)).map((rule) => ` on ${rule}`)
  return {
    name,
    columns,
    table,
    references: { table: parent, columns: parentColumns },
    onDelete,
    deferrable: false,
    ddl: `alter table ${quote(table)} add constraint ${quoteOne(name)} foreign key (${columns.map(quoteOne).join(', ')}) references ${quote(parent)} (${parentColumns.map(quoteOne).join(', ')})${rules.join('')}`,
    ...(first?.restorable === 1 ? { restorable: true } : {}),
  }
}

async function readTriggers(session: Session, table: string): Promise<string[]> {
  const where = tableCondition(table)
  const condition = where.sql.replace('table_schema', 'event_object_schema').replace('table_name', 'event_object_table')
  return readNames(session, `select trigger_name as name from information_schema.triggers where ${condition} order by 1`, where.bindings)
}

async function readChecks(session: Session, table: string): Promise<string[]> {
  const where = tableCondition(table, 't.')
  // MariaDB names checks per table, and only it tells the table in this view.
  const [told] = await session.all<{ per_table: number }>(
    `select count(*) as per_table from information_schema.columns
     where table_schema = 'information_schema' and upper(table_name) = 'CHECK_CONSTRAINTS' and upper(column_name) = 'TABLE_NAME'`,
  )
  if (told?.per_table !== 0) {
    const owned = constraintCondition(table)
    return readNames(
      session,
      `select check_clause as name from information_schema.check_constraints where ${owned.sql} order by constraint_name`,
      owned.bindings,
    )
  }
  return readNames(
    session,
    `select c.check_clause as name from information_schema.table_constraints t join information_schema.check_constraints c
       on c.constraint_schema = t.constraint_schema and c.constraint_name = t.constraint_name
     where t.constraint_type = 'CHECK' and ${where.sql} order by t.constraint_name`,
    where.bindings,
  )
}

async function readNames(session: Session, sql: string, bindings: readonly SqlValue[]): Promise<string[]> {
  return (await session.all<{ name: string }>(sql, bindings)).map((row) => row.name)
}
