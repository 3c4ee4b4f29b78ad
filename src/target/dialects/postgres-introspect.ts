import type { ColumnInfo, ForeignKeyInfo, IndexInfo, Session, TableInfo } from '../target.ts'

// A table is named bare where the search path finds it, else with its schema.
const NAME = (table: string, schema: string) =>
  `case when pg_table_is_visible(${table}.oid) then ${table}.relname else ${schema}.nspname || '.' || ${table}.relname end`

/** Names of all ordinary and partitioned tables outside the system schemas. */
export async function listPostgresTables(session: Session): Promise<readonly string[]> {
  const found = await session.all<{ name: string }>(
    `select ${NAME('c', 'n')} as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)' order by 1`,
  )
  return found.map((row) => row.name)
}

/** Everything the contract asks about one table, from pg_catalog; undefined where the search path finds none. */
export async function readPostgresTable(session: Session, name: string): Promise<TableInfo | undefined> {
  const [table] = await session.all<{ oid: number }>(
    `select c.oid from pg_class c where c.oid = to_regclass(?) and c.relkind in ('r', 'p')`,
    [session.dialect.quote(name)],
  )
  if (table === undefined) return undefined
  const { oid } = table
  return {
    name,
    columns: await readColumns(session, oid),
    primaryKey: await readPrimaryKey(session, oid),
    indexes: await readIndexes(session, oid),
    foreignKeys: await readForeignKeys(session, { oid, name }),
    triggers: await readNames(session, oid, 'select tgname as name from pg_trigger where tgrelid = ? and not tgisinternal order by 1'),
    checks: await readNames(
      session,
      oid,
      `select pg_get_constraintdef(oid) as name from pg_constraint where conrelid = ? and contype = 'c' order by conname`,
    ).then(async (own) => [...own, ...(await readDomainChecks(session, oid))]),
    transactional: true,
  }
}

async function readColumns(session: Session, oid: number): Promise<ColumnInfo[]> {
  const found = await session.all<ColumnRow>(
    `select a.attname as name,
       -- A domain stands for the type under it; its own checks are the engine's business.
       lower(case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end) as type,
       not (a.attnotnull or t.typnotnull) as nullable,
       a.atthasdef and a.attgenerated = '' as has_default,
       a.attgenerated <> '' as generated,
       a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false) as auto_increment,
       case when co.collisdeterministic = false or (a.attcollation <> 0 and a.attcollation <> t.typcollation) then co.collname end as collation,
       (select json_agg(e.enumlabel order by e.enumsortorder)::text from pg_enum e
         where e.enumtypid = coalesce(nullif(case when t.typtype = 'd' then t.typbasetype else t.oid end, 0), t.oid)
            or (t.typcategory = 'A' and e.enumtypid = t.typelem)) as labels
     from pg_attribute a join pg_type t on t.oid = a.atttypid
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       left join pg_collation co on co.oid = a.attcollation
     where a.attrelid = ? and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [oid],
  )
  return found.map(toColumn)
}

type ColumnRow = {
  name: string
  type: string
  nullable: boolean
  has_default: boolean
  generated: boolean
  auto_increment: boolean
  collation: string | null
  labels: string | null
}

function toColumn(row: ColumnRow): ColumnInfo {
  const [, first, second] = /\((\d+)(?:,(-?\d+))?\)/.exec(row.type) ?? []
  const isText = /^character/.test(row.type)
  const isDecimal = row.type.startsWith('numeric')
  const labels: readonly string[] | undefined = row.labels === null ? undefined : JSON.parse(row.labels)
  return {
    name: row.name,
    type: row.type,
    nullable: row.nullable,
    hasDefault: row.has_default,
    generated: row.generated,
    autoIncrement: row.auto_increment,
    ...(isText && first !== undefined ? { maxLength: Number(first) } : {}),
    ...(isDecimal && first !== undefined ? { precision: Number(first), scale: Number(second ?? 0) } : {}),
    ...(labels ? { enumValues: labels } : {}),
    // citext is text that compares without case.
    ...(/(^|\.)citext$/.test(row.type) ? { collation: 'citext' } : row.collation === null ? {} : { collation: row.collation }),
  }
}

/** The rules of the domains that columns have, as CHECKs of those columns: a domain names its value VALUE. */
function readDomainChecks(session: Session, oid: number): Promise<string[]> {
  return readNames(
    session,
    oid,
    `select regexp_replace(pg_get_constraintdef(c.oid), '\\mVALUE\\M', quote_ident(a.attname), 'g') as name
     from pg_attribute a join pg_constraint c on c.contypid = a.atttypid and c.contype = 'c'
     where a.attrelid = ? and a.attnum > 0 and not a.attisdropped order by a.attnum, c.conname`,
  )
}

async function readPrimaryKey(session: Session, oid: number): Promise<string[]> {
  return readNames(
    session,
    oid,
    `select a.attname as name from pg_constraint c cross join lateral unnest(c.conkey) with ordinality as k(attnum, place)
       join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
     where c.conrelid = ? and c.contype = 'p' order by k.place`,
  )
}

// pg_get_indexdef does not tell all of an index: not its comment, tablespace, CLUSTER mark or replica identity, and of a partitioned table's
// index it tells the parent's part alone. Where such a thing is there, the text would make another index; and only its owner may drop it.
const WHOLE_TEXT = `c.relkind = 'i' and not c.relispartition and c.reltablespace = 0 and i.indisvalid and not i.indisclustered
  and not i.indisreplident and pg_has_role(c.relowner, 'USAGE') and obj_description(c.oid, 'pg_class') is null
  and not exists (select 1 from pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x'))`

async function readIndexes(session: Session, oid: number): Promise<IndexInfo[]> {
  const found = await session.all<{ name: string; columns: string; unique: boolean; partial: boolean; ddl: string | null }>(
    `select c.relname as name, i.indisunique as "unique", i.indpred is not null as partial,
       (select json_agg(coalesce(a.attname, pg_get_indexdef(i.indexrelid, k.place::int, true)) order by k.place)::text
          from unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
          left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum > 0
         where k.place <= i.indnkeyatts) as columns,
       case when ${WHOLE_TEXT} then pg_get_indexdef(i.indexrelid) end as ddl
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = ? and not i.indisprimary order by 1`,
    [oid],
  )
  return found.map((row) => ({
    name: row.name,
    columns: JSON.parse(row.columns),
    unique: row.unique,
    ...(row.partial ? { partial: true } : {}),
    ...(row.ddl === null ? {} : { ddl: row.ddl }),
  }))
}

const ON_DELETE: Readonly<Record<string, ForeignKeyInfo['onDelete']>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

// Only the owner may drop it, and only who may refer to the parent makes it again; a comment, a trigger that is switched off, or rows that were never
// checked are not in its text; of partitioned tables it is many in one.
const RESTORABLE = `(pg_has_role(o.relowner, 'USAGE') and has_table_privilege(r.oid, 'REFERENCES') and o.relkind = 'r' and r.relkind = 'r'
  and c.convalidated and obj_description(c.oid, 'pg_constraint') is null
  and not exists (select 1 from pg_trigger t where t.tgconstraint = c.oid and t.tgenabled <> 'O'))`

async function readForeignKeys(session: Session, table: { oid: number; name: string }): Promise<ForeignKeyInfo[]> {
  const names = (relation: string, keys: string) =>
    `(select json_agg(a.attname order by k.place)::text from unnest(c.${keys}) with ordinality as k(attnum, place)
       join pg_attribute a on a.attrelid = c.${relation} and a.attnum = k.attnum)`
  const found = await session.all<ForeignKeyRow>(
    `select c.conname as name, ${names('conrelid', 'conkey')} as columns, ${names('confrelid', 'confkey')} as "references",
       ${NAME('r', 'n')} as parent, c.confdeltype as on_delete, c.condeferrable as deferrable, pg_get_constraintdef(c.oid) as ddl,
       ${RESTORABLE} as restorable
     from pg_constraint c join pg_class r on r.oid = c.confrelid join pg_namespace n on n.oid = r.relnamespace
       join pg_class o on o.oid = c.conrelid
     where c.conrelid = ? and c.contype = 'f' and c.conparentid = 0 order by 1`,
    [table.oid],
  )
  const { quote } = session.dialect
  return found.map((row) => ({
    name: row.name,
    columns: JSON.parse(row.columns),
    table: table.name,
    references: { table: row.parent, columns: JSON.parse(row.references) },
    onDelete: ON_DELETE[row.on_delete] ?? 'no action',
    deferrable: row.deferrable,
    ddl: `alter table ${quote(table.name)} add constraint ${quote(row.name)} ${row.ddl}`,
    ...(row.restorable ? { restorable: true } : {}),
  }))
}

type ForeignKeyRow = {
  name: string
  columns: string
  references: string
  parent: string
  on_delete: string
  deferrable: boolean
  ddl: string
  restorable: boolean
}

async function readNames(session: Session, oid: number, sql: string): Promise<string[]> {
  return (await session.all<{ name: string }>(sql, [oid])).map((row) => row.name)
}
