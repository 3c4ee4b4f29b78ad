import type { HashTable } from '../core/hash-table.ts'
import type { Row, SqlValue } from '../core/row.ts'
import type { ColumnSpec } from '../definition/transfer.ts'
import type { Codec, ForeignKeyInfo, TableInfo } from '../target/target.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import type { StepContext } from './forecast-context.ts'
import { uniqueName } from './unique-census.ts'

/** A foreign key whose values come from the record itself, so that nothing has looked for the parent yet. */
export interface OpenForeignKey {
  readonly info: ForeignKeyInfo
  readonly places: readonly number[]
  readonly codecs: readonly Codec[]
  /** Hash in the order of the parent's rule. */
  readonly hash: RowHasher
  readonly ruleOrder: readonly number[]
  /** What this run would write there; undefined where no rule of the parent covers the columns. */
  readonly written: HashTable | undefined
}

const CHUNK = 200

/** The foreign keys of a step that a value can break: those not filled by `reference`, `parent` or `lookup`, where the engine enforces them. */
export function openForeignKeys(context: StepContext): readonly OpenForeignKey[] {
  const { step, pipeline, order, mapping } = context
  if (order.enforcementOff.includes(step.table)) return []
  return pipeline.table.foreignKeys.flatMap((info) => {
    const places = info.columns.map((column) => step.columns.indexOf(column))
    if (places.includes(-1) || info.columns.every((column) => isResolved(mapping.columns[column]))) return []
    const codecs = places.flatMap((place) => pipeline.codecs[place] ?? [])
    const rule = ruleOf(context.tables.get(info.references.table), info.references.columns)
    const ruleOrder = rule?.map((column) => info.references.columns.indexOf(column)) ?? codecs.map((_codec, at) => at)
    return [
      {
        info,
        places,
        codecs,
        ruleOrder,
        hash: context.hasherFor(ruleOrder.flatMap((at) => codecs[at] ?? [])),
        written: rule === undefined ? undefined : context.uniqueSets.get(uniqueName(info.references.table, rule)),
      },
    ]
  })
}

function isResolved(spec: ColumnSpec | undefined): boolean {
  return spec !== undefined && ['reference', 'parent', 'lookup'].includes(spec.origin.from)
}

function ruleOf(table: TableInfo | undefined, columns: readonly string[]): readonly string[] | undefined {
  if (table === undefined) return undefined
  const rules = [table.primaryKey, ...table.indexes.filter(({ unique }) => unique).map((index) => index.columns)]
  return rules.find((rule) => rule.length === columns.length && rule.every((column) => columns.includes(column)))
}

/** The values of a foreign key in a row; undefined where one is NULL (it points nowhere, which is allowed). */
export function foreignTuple(foreignKey: OpenForeignKey, row: Row): Row | undefined {
  const tuple = foreignKey.places.map((place) => row[place] ?? null)
  return tuple.includes(null) ? undefined : tuple
}

/** Hashes of the parents of a batch that stand in the target now. */
export async function meetParents(context: StepContext, foreignKey: OpenForeignKey, rows: readonly Row[]): Promise<ReadonlySet<bigint>> {
  const found = new Set<bigint>()
  const { quote } = context.session.dialect
  const { references } = foreignKey.info
  const tuples = new Map<bigint, readonly SqlValue[]>()
  for (const row of rows) {
    const tuple = foreignTuple(foreignKey, row)
    if (tuple !== undefined) tuples.set(hashTuple(foreignKey, tuple), tuple)
  }
  const open = [...tuples].filter(([hash]) => foreignKey.written?.has(hash) !== true).map(([, tuple]) => tuple)
  const equal = `(${references.columns.map((column) => `${quote(column)} = ?`).join(' and ')})`
  for (let start = 0; start < open.length; start += CHUNK) {
    const part = open.slice(start, start + CHUNK)
    const sql = `select ${references.columns.map(quote).join(', ')} from ${quote(references.table)} where ${part.map(() => equal).join(' or ')}`
    for (const row of await context.session.rows(sql, part.flat())) found.add(hashTuple(foreignKey, row))
  }
  return found
}

/** One hash per tuple of parent values, whichever side it was read on. */
export function hashTuple(foreignKey: OpenForeignKey, tuple: Row): bigint {
  return foreignKey.hash(foreignKey.ruleOrder.map((at) => tuple[at] ?? null))
}
