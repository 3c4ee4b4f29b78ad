import { readSteps } from '../state/steps.ts'
import type { Session, TableInfo } from '../target/target.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { OpenRun } from './open-run.ts'

/** Keeps the numbers that `id.integer()` will give out of the engine's own hands, before the first row. Idempotent. */
export async function reserveIds(open: OpenRun, prepared: PreparedSteps, compiled: readonly CompiledStep[]): Promise<void> {
  const states = await readSteps(open.session, open.run.id)
  for (const { mapping, step } of compiled) {
    const state = states.find(({ number }) => number === step.number)
    const allocates = Object.values(mapping.columns).some(({ origin }) => origin.from === 'id' && origin.strategy === 'integer')
    const table = prepared.tables.get(step.table)
    if (state === undefined || table === undefined || step.kind !== 'load' || !allocates) continue
    await raise(open.session, table, state.idBase + BigInt(state.expected ?? 0))
  }
}

/** After the load: the app's next insert must get a number above every one that was written. */
export async function raiseSequences(open: OpenRun, prepared: PreparedSteps): Promise<void> {
  const { quote } = open.session.dialect
  for (const table of prepared.tables.values()) {
    const column = table.columns.find(({ autoIncrement }) => autoIncrement)
    if (column === undefined) continue
    const [found] = await open.session.rows(`select max(${quote(column.name)}) from ${quote(table.name)}`)
    const highest = found?.[0]
    if (typeof highest === 'bigint' || typeof highest === 'number') await raise(open.session, table, BigInt(highest) + 1n)
  }
}

/** MySQL's ALTER TABLE commits by itself and raises only, so it may stand outside a transaction. */
async function raise(session: Session, table: TableInfo, next: bigint): Promise<void> {
  if (!table.columns.some(({ autoIncrement }) => autoIncrement)) return
  if (!session.dialect.transactionalDdl) {
    await session.dialect.raiseSequence(session, table, next)
    return
  }
  await session.begin()
  try {
    await session.dialect.raiseSequence(session, table, next)
    await session.commit()
  } catch (error) {
    await session.rollback()
    throw error
  }
}
