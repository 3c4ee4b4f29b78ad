import { FerryError } from '../core/errors.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { withSuspended } from '../state/foreign-key-checks.ts'
import { hasState } from '../state/state-tables.ts'
import type { Session, TableInfo } from '../target/target.ts'

/** Tables that a transfer writes. */
export function mappedTables(transfer: ResolvedTransfer): readonly string[] {
  return [...new Set(transfer.mappings.map((mapping) => mapping.table))]
}

/** Tables that a transfer writes or looks into. */
function namedTables(transfer: ResolvedTransfer): readonly string[] {
  const lookups = transfer.mappings.flatMap((mapping) =>
    Object.values(mapping.columns).flatMap((column) => (column.origin.from === 'lookup' ? [column.origin.table] : [])),
  )
  return [...new Set([...mappedTables(transfer), ...lookups])]
}

/** Names of the transfer's tables that the target does not have. */
export async function findMissingTables(session: Session, transfer: ResolvedTransfer): Promise<readonly string[]> {
  const there = new Set(await session.dialect.listTables(session))
  return namedTables(transfer).filter((name) => !there.has(name))
}

/** The transfer's tables as the engine tells them. @throws FERRY_DEFINITION_UNKNOWN_TABLE */
export async function readTables(session: Session, transfer: ResolvedTransfer): Promise<ReadonlyMap<string, TableInfo>> {
  const tables = new Map<string, TableInfo>()
  const known = await hasState(session)
  for (const name of namedTables(transfer)) {
    const table = await session.dialect.readTable(session, name)
    if (table === undefined) {
      throw new FerryError('FERRY_DEFINITION_UNKNOWN_TABLE', `the target has no table ${name}`, {
        hint: 'Run `npx knex migrate:latest`, or let the run do it: `ferry transfer --migrate`; or correct the mapping.',
      })
    }
    tables.set(name, known ? await withSuspended(session, table) : table)
  }
  return tables
}

/** One line a table: what a resumed run relies on. Indexes are left out, they may be deferred. */
export function renderSchema(tables: ReadonlyMap<string, TableInfo>): string {
  return [...tables.values()]
    .map(({ name, columns, primaryKey, foreignKeys }) => {
      const parts = columns.map((column) => `${column.name} ${column.type}${column.nullable ? '' : ' not null'}`)
      const links = foreignKeys.map((link) => `${link.columns.join('+')} -> ${link.references.table}(${link.references.columns.join('+')})`)
      return `${name}: ${parts.join(', ')}; key ${primaryKey.join('+')}; ${links.sort().join(', ')}`
    })
    .sort()
    .join('\n')
}

/** Rows a table holds. */
export async function countRows(session: Session, table: string): Promise<number> {
  const [found] = await session.all<{ n: number }>(`select count(*) as n from ${session.dialect.quote(table)}`)
  return Number(found?.n ?? 0)
}
