import type { Session, TableInfo } from '../target.ts'

/** The next value of the sequence behind the table's identity or serial column. */
export async function readPostgresSequence(session: Session, table: TableInfo): Promise<number | bigint | undefined> {
  const sequence = await findSequence(session, table)
  if (sequence === undefined) return undefined
  const [state] = await session.all<{ next: number | bigint }>(
    `select case when s.is_called then s.last_value + q.seqincrement else s.last_value end as next
     from ${sequence} s, pg_sequence q where q.seqrelid = ?::regclass`,
    [sequence],
  )
  return state?.next
}

/** setval() is not undone by a rollback, which is harmless: numbers are only skipped. */
export async function raisePostgresSequence(session: Session, table: TableInfo, next: number | bigint): Promise<void> {
  const sequence = await findSequence(session, table)
  const current = await readPostgresSequence(session, table)
  if (sequence === undefined || current === undefined || BigInt(current) >= BigInt(next)) return
  await session.all('select setval(?::regclass, ?::bigint, false)', [sequence, next])
}

/** Quoted name of the sequence: the one owned by the column, else the one its default draws from. */
async function findSequence(session: Session, table: TableInfo): Promise<string | undefined> {
  const column = table.columns.find((info) => info.autoIncrement)
  if (column === undefined) return undefined
  const name = session.dialect.quote(table.name)
  const [found] = await session.all<{ owned: string | null; drawn: string | null }>(
    `select pg_get_serial_sequence(?, ?) as owned,
       (select substring(pg_get_expr(d.adbin, d.adrelid) from $re$nextval\\('(.*)'::regclass\\)$re$)
          from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
         where d.adrelid = to_regclass(?) and a.attname = ?) as drawn`,
    [name, column.name, name, column.name],
  )
  return found?.owned ?? found?.drawn?.replaceAll("''", "'") ?? undefined
}
