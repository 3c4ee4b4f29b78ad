import { FerryError } from '../core/errors.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
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

/** After the load: the app's next insert must get a number above every one that was written, and at least that of the app's own counter. */
export async function raiseSequences(open: OpenRun, prepared: PreparedSteps): Promise<void> {
  const { quote } = open.session.dialect
  for (const table of prepared.tables.values()) {
    const column = table.columns.find(({ autoIncrement }) => autoIncrement)
    if (column === undefined) continue
    const [found] = await open.session.rows(`select max(${quote(column.name)}) from ${quote(table.name)}`)
    const highest = found?.[0]
    let next = typeof highest === 'bigint' || typeof highest === 'number' ? BigInt(highest) + 1n : 1n
    for (const counter of readCounters(open.place.transfer, { table: table.name, column: column.name })) if (counter > next) next = counter
    if (next > 1n) await raise(open.session, table, next)
  }
}

/** What the app's own counters say of a column. @throws FERRY_DEFINITION_INVALID for what is no whole number above 0 */
function readCounters(transfer: ResolvedTransfer, place: { readonly table: string; readonly column: string }): readonly bigint[] {
  return transfer.mappings.flatMap(({ name, table, columns }) => {
    const origin = table === place.table ? columns[place.column]?.origin : undefined
    if (origin?.from !== 'key' || origin.next === undefined) return []
    const next = typeof origin.next === 'function' ? origin.next() : origin.next
    if (typeof next === 'bigint' ? next > 0n : Number.isSafeInteger(next) && next > 0) return [BigInt(next)]
    throw new FerryError('FERRY_DEFINITION_INVALID', `${name}.${place.column}: the counter gives ${String(next)}, which is no next id`, {
      hint: 'Give id.keep({ next }) the whole number that the app would give its next record.',
    })
  })
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
