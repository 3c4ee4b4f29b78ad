import type { Check } from '../core/check.ts'
import type { ForeignKeyNames, Session, TableInfo } from '../target/target.ts'

export interface EngineChecks {
  /** Of these every row was checked a moment ago. */
  readonly madeForeignKeys: ForeignKeyNames | undefined
  /** The engine's check of itself. */
  readonly integrity: () => Promise<readonly string[]>
}

/** foreign-keys, sequences, integrity: what the engine itself says of the target tables. */
export async function checkEngine(
  session: Session,
  tables: readonly TableInfo[],
  { madeForeignKeys = new Map(), integrity }: EngineChecks,
): Promise<readonly Check[]> {
  return [
    await checkForeignKeys(session, tables, madeForeignKeys),
    await checkSequences(session, tables),
    checkIntegrity(await integrity()),
  ]
}

async function checkForeignKeys(session: Session, tables: readonly TableInfo[], made: ForeignKeyNames): Promise<Check> {
  const name = 'foreign-keys'
  const broken: string[] = []
  let asked = 0
  for (const table of tables) {
    asked += table.foreignKeys.length
    if (table.foreignKeys.every(({ name }) => made.get(table.name)?.has(name))) continue
    for (const { foreignKey, count } of await session.dialect.checkForeignKeys(session, table)) {
      if (count > 0) broken.push(`${table.name} ${foreignKey}: ${count} rows`)
    }
  }
  if (broken.length === 0) return { name, status: 'passed', detail: `${asked} foreign keys hold`, hint: '' }
  return {
    name,
    status: 'failed',
    detail: `rows that point nowhere: ${broken.join('; ')}`,
    hint: 'Put the rows they point to back, or set the links to NULL; `ferry rollback` takes the run out.',
  }
}

async function checkSequences(session: Session, tables: readonly TableInfo[]): Promise<Check> {
  const name = 'sequences'
  const behind: string[] = []
  let asked = 0
  for (const table of tables) {
    const column = table.columns.find(({ autoIncrement }) => autoIncrement)
    const next = column === undefined ? undefined : await session.dialect.readSequence(session, table)
    if (column === undefined || next === undefined) continue
    asked += 1
    const { quote } = session.dialect
    const [row] = await session.rows(`select max(${quote(column.name)}) from ${quote(table.name)}`)
    const highest = row?.[0]
    if ((typeof highest === 'bigint' || typeof highest === 'number') && BigInt(next) <= BigInt(highest)) {
      behind.push(`${table.name}: the engine would give ${next}, the highest is ${highest}`)
    }
  }
  if (behind.length === 0) return { name, status: 'passed', detail: `${asked} sequences stand above the highest id`, hint: '' }
  return {
    name,
    status: 'failed',
    detail: behind.join('; '),
    hint: 'The app’s next insert would collide: set the sequence above the highest id.',
  }
}

function checkIntegrity(problems: readonly string[]): Check {
  const name = 'integrity'
  if (problems.length === 0) return { name, status: 'passed', detail: 'the engine found no fault', hint: '' }
  return {
    name,
    status: 'failed',
    detail: `${problems.length} faults: ${problems.slice(0, 3).join('; ')}`,
    hint: 'The database file or an index is damaged: restore the backup, or REINDEX where only indexes are named.',
  }
}
