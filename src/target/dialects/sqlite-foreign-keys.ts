import { FerryError, isFerryError } from '../../core/errors.ts'
import type { ForeignKeyInfo, Session, TableInfo } from '../target.ts'

/** PRAGMA foreign_keys does nothing inside a transaction (https://www.sqlite.org/pragma.html#pragma_foreign_keys), so the answer is read back. */
export async function setSqliteForeignKeyChecks(session: Session, on: boolean): Promise<void> {
  await session.run(`PRAGMA foreign_keys = ${on ? 'ON' : 'OFF'}`)
  const [row] = await session.all<{ foreign_keys: number }>('PRAGMA foreign_keys')
  if (row?.foreign_keys !== (on ? 1 : 0))
    throw new FerryError(
      'FERRY_INTERNAL',
      `sqlite kept its foreign key checks ${on ? 'off' : 'on'}: they change outside a transaction only`,
      {
        hint: 'Report this with the stack trace.',
      },
    )
}

/** Parents that are counted in some milliseconds. */
const MOST_IN_RANGE = 100_000n

interface BrokenKey {
  readonly foreignKey: string
  readonly count: number
}

/**
 * Counts the rows of a table that point nowhere, per foreign key that has any. PRAGMA foreign_key_check says the same, but looks up the parents of row
 * after row: of ten million, with a million parents, in 25 s instead of 4. It is asked where a parent's table is missing, or is none to refer to.
 */
export async function checkSqliteForeignKeys(session: Session, table: TableInfo): Promise<readonly BrokenKey[]> {
  if (table.foreignKeys.length === 0) return []
  try {
    const grouped = table.foreignKeys.filter((key) => isInOrder(table, key))
    const counts = new Map<ForeignKeyInfo, number>()
    for (const key of grouped) counts.set(key, await countInOrder(session, key))
    const scanned = table.foreignKeys.filter((key) => !grouped.includes(key))
    for (const [at, count] of (await countInScan(session, table, scanned)).entries()) {
      const key = scanned[at]
      if (key !== undefined) counts.set(key, count)
    }
    return table.foreignKeys.flatMap((key) => {
      const count = counts.get(key) ?? 0
      return count === 0 ? [] : [{ foreignKey: key.name, count }]
    })
  } catch (error) {
    if (!isFerryError(error)) throw error
    return askPragma(session, table)
  }
}

/** An index gives the children in the order of their parents, and those of one parent together: equal values of the column point to the same one. */
function isInOrder({ indexes, columns }: TableInfo, key: ForeignKeyInfo): boolean {
  const areExact = key.columns.every((name) => {
    const column = columns.find((info) => info.name === name)
    return column?.collation === undefined && column?.storage !== undefined && column.storage.affinity !== 'blob'
  })
  return areExact && indexes.some((index) => index.partial !== true && key.columns.every((name, at) => index.columns[at] === name))
}

async function countInOrder(session: Session, { table, columns, references }: ForeignKeyInfo): Promise<number> {
  const { quote } = session.dialect
  const names = columns.map((_, at) => `k${at}`)
  const keys = columns.map((column, at) => `${quote(column)} AS ${names[at]}`)
  const [row] = await session.rows(
    `SELECT coalesce(sum(c.n), 0) FROM (
       SELECT ${keys.join(', ')}, count(*) AS n FROM ${quote(table)}
       WHERE ${columns.map((column) => `${quote(column)} IS NOT NULL`).join(' AND ')} GROUP BY ${columns.map(quote).join(', ')}
     ) AS c WHERE ${hasNoParent(session, references, names)}`,
  )
  return Number(row?.[0] ?? 0)
}

/** All keys in one pass over the table. */
async function countInScan(session: Session, { name }: TableInfo, keys: readonly ForeignKeyInfo[]): Promise<readonly number[]> {
  if (keys.length === 0) return []
  const { quote } = session.dialect
  const counts: string[] = []
  for (const { columns, references } of keys) {
    const children = columns.map(quote)
    const isSet = children.map((child) => `c.${child} IS NOT NULL`).join(' AND ')
    const isKnown = await knowByRange(session, references, `c.${children[0]}`)
    counts.push(`count(CASE WHEN ${isSet}${isKnown} AND ${hasNoParent(session, references, children)} THEN 1 END)`)
  }
  const [row] = await session.rows(`SELECT ${counts.join(', ')} FROM ${quote(name)} AS c`)
  return (row ?? []).map(Number)
}

/**
 * Parents that are all the integers from one to another: whose key lies between has one, and nobody has to look for it, which takes most of the time. '' where they are others, or
 * too many to be counted for it.
 */
async function knowByRange(session: Session, { table, columns }: ForeignKeyInfo['references'], child: string): Promise<string> {
  const { quote } = session.dialect
  const [column, ...more] = columns.map(quote)
  if (column === undefined || more.length > 0) return ''
  const parents = quote(table)
  const [ends] = await session.rows(`SELECT (SELECT min(${column}) FROM ${parents}), (SELECT max(${column}) FROM ${parents})`)
  const [first, last] = ends ?? []
  if (typeof first !== 'bigint' || typeof last !== 'bigint' || last - first >= MOST_IN_RANGE) return ''
  const [counted] = await session.rows(`SELECT count(DISTINCT ${column}) FROM ${parents} WHERE typeof(${column}) = 'integer'`)
  if (counted?.[0] !== last - first + 1n) return ''
  return ` AND NOT (typeof(${child}) = 'integer' AND ${child} BETWEEN ${first} AND ${last})`
}

/** The `+` takes the child's affinity away: as in an enforced key, the parent's is what both are compared by, and its collation, since it stands first. */
function hasNoParent(session: Session, { table, columns }: ForeignKeyInfo['references'], children: readonly string[]): string {
  const { quote } = session.dialect
  const same = columns.map((column, at) => `p.${quote(column)} = +c.${children[at]}`).join(' AND ')
  return `NOT EXISTS (SELECT 1 FROM ${quote(table)} AS p WHERE ${same})`
}

async function askPragma(session: Session, table: TableInfo): Promise<readonly BrokenKey[]> {
  const broken = await session.all<{ fkid: number; count: number }>(
    'SELECT fkid, count(*) AS count FROM pragma_foreign_key_check(?) GROUP BY fkid ORDER BY fkid',
    [table.name],
  )
  // readTable lists them in order of declaration, the pragma numbers them from the last one back.
  return broken.map(({ fkid, count }) => ({
    foreignKey: table.foreignKeys[table.foreignKeys.length - 1 - fkid]?.name ?? `${table.name} #${fkid}`,
    count,
  }))
}
