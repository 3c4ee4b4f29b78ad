import { FerryError } from '../core/errors.ts'
import type { TableInfo } from '../target/target.ts'
import { referredMapping } from './find-parent.ts'
import { isPkFromKey } from './pk-from-key.ts'
import type { ColumnSpec, ResolvedMapping, ResolvedTransfer } from './transfer.ts'

/** `from` needs rows of `to` first. Indexes of `transfer.mappings`. */
export interface MappingLink {
  readonly from: number
  readonly to: number
  /** Columns of `from` that make the link and may be written later; undefined: the link cannot wait. */
  readonly deferrable: readonly string[] | undefined
  /** What `from` writes can be known before a row of `to` stands: the pk of `to` follows from its key, or only a foreign key links them. */
  readonly computable: boolean
}

/**
 * What each mapping needs of the others: by reference(), parent(), lookup() of a table that is mapped, and the target's foreign keys.
 * One link per pair, and one from a mapping to itself where its rows refer to one another.
 */
export function readMappingLinks(transfer: ResolvedTransfer, tables: ReadonlyMap<string, TableInfo>): readonly MappingLink[] {
  const links: MappingLink[] = []
  transfer.mappings.forEach((mapping, from) => {
    const found = new Map<number, readonly string[] | undefined>()
    const add = (to: number, deferrable: readonly string[] | undefined): void => {
      const known = found.has(to) ? found.get(to) : []
      found.set(to, known && deferrable && [...new Set([...known, ...deferrable])])
    }
    const asks = new Set<number>()
    const table = tableOf(mapping, tables)
    for (const [column, spec] of Object.entries(mapping.columns)) {
      const to = targetOf(transfer, mapping, spec)
      if (to >= 0) asks.add(to)
      if (to >= 0) add(to, canWait(table, column, spec) ? [column] : undefined)
    }
    addForeignKeys(transfer, { mapping, table, add })
    for (const [to, deferrable] of found) links.push({ from, to, deferrable, computable: !asks.has(to) || isFromKey(transfer, tables, to) })
  })
  return links
}

/** The table of a mapping. @throws FERRY_DEFINITION_UNKNOWN_TABLE */
export function tableOf(mapping: ResolvedMapping, tables: ReadonlyMap<string, TableInfo>): TableInfo {
  const table = tables.get(mapping.table)
  if (table !== undefined) return table
  throw new FerryError(
    'FERRY_DEFINITION_UNKNOWN_TABLE',
    `mapping ${JSON.stringify(mapping.name)}: the target has no table ${JSON.stringify(mapping.table)}`,
    {
      hint: 'Run the migrations first (ferry transfer --migrate), or change the name of the table.',
    },
  )
}

function isFromKey(transfer: ResolvedTransfer, tables: ReadonlyMap<string, TableInfo>, at: number): boolean {
  const mapping = transfer.mappings[at]
  return mapping !== undefined && isPkFromKey(mapping, tableOf(mapping, tables))
}

function targetOf(transfer: ResolvedTransfer, mapping: ResolvedMapping, spec: ColumnSpec): number {
  const { origin } = spec
  if (origin.from === 'lookup') return transfer.mappings.findIndex((other) => other.table === origin.table)
  const name = referredMapping(origin, mapping, transfer.mappings)
  return transfer.mappings.findIndex((other) => other.name === name)
}

/** A reference can be filled later where its column takes NULL and finds no row by itself. */
function canWait(table: TableInfo, column: string, spec: ColumnSpec): boolean {
  const info = table.columns.find((candidate) => candidate.name === column)
  return spec.origin.from === 'reference' && info?.nullable === true && !table.primaryKey.includes(column)
}

/** A foreign key over columns that carry raw values orders tables too; it is not met by filling references later. */
function addForeignKeys(
  transfer: ResolvedTransfer,
  {
    mapping,
    table,
    add,
  }: { mapping: ResolvedMapping; table: TableInfo; add: (to: number, deferrable: readonly string[] | undefined) => void },
): void {
  for (const foreignKey of table.foreignKeys) {
    const to = transfer.mappings.findIndex((other) => other.table === foreignKey.references.table)
    const specs = foreignKey.columns.map((column) => mapping.columns[column])
    if (to < 0 || specs.some((spec) => spec === undefined)) continue
    const waiting = foreignKey.columns.filter((column) => {
      const spec = mapping.columns[column]
      return spec !== undefined && canWait(table, column, spec)
    })
    // One NULL column lifts the whole key, so one that waits is enough.
    add(to, waiting.length > 0 ? waiting : undefined)
  }
}
