import { FerryError } from '../../core/errors.ts'
import type { Session, TableInfo } from '../target.ts'

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

/** Counts the rows of a table that point nowhere, per foreign key that has any. */
export async function checkSqliteForeignKeys(
  session: Session,
  table: TableInfo,
): Promise<readonly { readonly foreignKey: string; readonly count: number }[]> {
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
