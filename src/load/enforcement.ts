import { FerryError } from '../core/errors.ts'
import { resumeForeignKeys } from '../state/foreign-key-checks.ts'
import type { Session, TableInfo } from '../target/target.ts'

/** Turns them on again and asks of every row what the engine did not ask. @throws FERRY_LOAD_FOREIGN_KEYS */
export async function assertForeignKeys(session: Session, runId: string, tables: readonly TableInfo[]): Promise<void> {
  await resumeForeignKeys(session, runId)
  const broken: string[] = []
  for (const table of tables) {
    for (const { foreignKey, count } of await session.dialect.checkForeignKeys(session, table)) {
      if (count > 0) broken.push(`${table.name}.${foreignKey}: ${count}`)
    }
  }
  if (broken.length === 0) return
  throw new FerryError('FERRY_LOAD_FOREIGN_KEYS', `rows point to parents that are not there: ${broken.join('; ')}`, {
    hint: 'Take the run out with `ferry rollback`, then mend the source or make the reference optional so that it can be patched.',
  })
}
