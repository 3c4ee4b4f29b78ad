import { orderSteps } from '../definition/order-steps.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import type { Session, TableInfo } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { readTables } from './read-tables.ts'

/** What the definition and the target's tables come to together. @throws FERRY_DEFINITION_* */
export async function prepareSteps(session: Session, transfer: ResolvedTransfer): Promise<PreparedSteps> {
  const tables = await readTables(session, transfer)
  const order = orderSteps(transfer, tables)
  const idBases = new Map<string, bigint>()
  for (const mapping of transfer.mappings) {
    const table = tables.get(mapping.table)
    if (table !== undefined) idBases.set(mapping.name, await firstId(session, mapping, table))
  }
  return { tables, order, idBases }
}

/** The app's own counter where the definition names one, else one above the highest id and what the engine would give next. */
async function firstId(session: Session, mapping: ResolvedMapping, table: TableInfo): Promise<bigint> {
  const allocated = Object.entries(mapping.columns).find(([, { origin }]) => origin.from === 'id' && origin.strategy === 'integer')
  if (allocated === undefined) return 1n
  const [column, { origin }] = allocated
  const { quote } = session.dialect
  const [found] = await session.rows(`select max(${quote(column)}) from ${quote(table.name)}`)
  const highest = found?.[0] === null || found?.[0] === undefined ? 0n : BigInt(String(found[0]))
  const next = BigInt((await session.dialect.readSequence(session, table)) ?? 1)
  const start = origin.from === 'id' && origin.start !== undefined ? BigInt(origin.start) : 1n
  return [start, highest + 1n, next].reduce((a, b) => (a > b ? a : b))
}
