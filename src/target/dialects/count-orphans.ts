import type { Session, TableInfo } from '../target.ts'

/** Rows whose foreign keys point nowhere, per constraint, by anti-join; a key with a NULL part points nowhere on purpose (MATCH SIMPLE). */
export async function countOrphans(
  session: Session,
  table: TableInfo,
): Promise<readonly { readonly foreignKey: string; readonly count: number }[]> {
  const { quote } = session.dialect
  const found: { foreignKey: string; count: number }[] = []
  for (const key of table.foreignKeys) {
    const child = key.columns.map((column) => `c.${quote(column)}`)
    const same = key.references.columns.map((column, index) => `p.${quote(column)} = ${child[index]}`).join(' and ')
    const [answer] = await session.all<{ orphans: number }>(
      `select count(*) as orphans from ${quote(table.name)} c
       where ${child.map((column) => `${column} is not null`).join(' and ')}
         and not exists (select 1 from ${quote(key.references.table)} p where ${same})`,
    )
    const count = answer?.orphans ?? 0
    if (count > 0) found.push({ foreignKey: key.name, count })
  }
  return found
}
