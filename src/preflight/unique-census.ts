import { HashTable } from '../core/hash-table.ts'
import type { Row, SqlValue } from '../core/row.ts'
import { foldCodec } from '../target/fold-text.ts'
import type { Codec, ColumnInfo, Dialect, IndexInfo, Session, TableInfo } from '../target/target.ts'
import type { RowHasher } from '../transform/row-hash.ts'

/** A set of columns whose values may stand in a table once. */
export interface UniqueRule {
  readonly code: 'PRIMARY_KEY' | 'UNIQUE'
  readonly name: string
  readonly columns: readonly string[]
  readonly hash: RowHasher
  /** Places of the columns in a row of the step. */
  readonly places: readonly number[]
  readonly taken: HashTable
}

export interface UniqueRulesOptions {
  readonly dialect: Dialect
  readonly table: TableInfo
  /** Columns of the step's rows, and their codecs. */
  readonly columns: readonly string[]
  readonly codecs: readonly Codec[]
  readonly hasherFor: (codecs: readonly Codec[]) => RowHasher
  /** By `uniqueName`, over all steps of the run. */
  readonly shared: Map<string, HashTable>
}

export interface UniqueCensusOptions extends UniqueRulesOptions {
  readonly session: Session
  /** The table holds rows already, so each batch is asked for. */
  readonly occupied: boolean
}

const CHUNK = 200

/** Name of a rule's set, over steps: the table and its columns. */
export function uniqueName(table: string, columns: readonly string[]): string {
  return JSON.stringify([table, ...columns])
}

/** The rules a step can break, in the order the engine asks them: primary key and unique indexes whose columns it writes. `unaskedIndexes` are left out. */
export function uniqueRules(options: UniqueRulesOptions): readonly UniqueRule[] {
  const { table } = options
  return inOrderAsked(options).flatMap(({ code, name, columns, index }) => {
    const places = columns.map((column) => options.columns.indexOf(column))
    if (places.includes(-1) || columns.length === 0) return []
    const folded = places.map((place) => foldedCodec(options, place, index))
    const id = uniqueName(table.name, columns)
    const taken = options.shared.get(id) ?? new HashTable()
    options.shared.set(id, taken)
    return [{ code, name, columns, places, taken, hash: options.hasherFor(folded) }]
  })
}

/** Unique indexes that no set of values can stand for: over some rows, beginnings of texts, or expressions. */
export function unaskedIndexes({ name, columns, indexes }: TableInfo): readonly string[] {
  const known = new Set(columns.map((column) => column.name))
  return indexes
    .filter((index) => index.unique && (index.partial === true || index.columns.some((column) => !known.has(column))))
    .map((index) => `${name}: the unique index ${index.name} is over a part of the rows or an expression`)
}

interface NamedRule {
  readonly code: UniqueRule['code']
  readonly name: string
  readonly columns: readonly string[]
  readonly index?: IndexInfo
}

/** A row that breaks two rules is rejected under the first one asked. SQLite asks the rowid, then indexes from the newest to the oldest. */
function inOrderAsked({ table, dialect }: UniqueRulesOptions): readonly NamedRule[] {
  const key: NamedRule = { code: 'PRIMARY_KEY', name: 'primary key', columns: table.primaryKey }
  const unique = table.indexes
    .filter((index) => index.unique && index.partial !== true && !sameColumns(index.columns, table.primaryKey))
    .map((index): NamedRule => ({ code: 'UNIQUE', name: index.name, columns: index.columns, index }))
  const isRowid = table.columns.some(({ name, autoIncrement }) => autoIncrement && table.primaryKey.includes(name))
  if (dialect.engine !== 'sqlite' || isRowid) return [key, ...unique]
  const made = unique.filter(({ index }) => index?.ddl !== undefined)
  const declared = unique.filter(({ index }) => index?.ddl === undefined)
  return [...made, ...declared.reverse(), key]
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((column) => b.includes(column))
}

function foldedCodec(options: UniqueRulesOptions, place: number, index: IndexInfo | undefined): Codec {
  const codec = options.codecs[place]
  const name = options.columns[place] ?? ''
  const column = options.table.columns.find((info) => info.name === name)
  if (codec === undefined) throw new RangeError(`no codec for ${name}`)
  return foldCodec(codec, collationOf(column, index))
}

/** An index of SQLite may have a collation of its own. */
function collationOf(column: ColumnInfo | undefined, index: IndexInfo | undefined): string | undefined {
  if (column === undefined || index?.ddl === undefined) return column?.collation
  const name = column.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const found = new RegExp(`[\`"[]?${name}[\`"\\]]?\\s+collate\\s+[\`"]?(\\w+)`, 'i').exec(index.ddl)
  return found?.[1] ?? column.collation
}

/** The values of a rule in a row; undefined where one is NULL (it collides with nothing). */
export function tupleOf(rule: UniqueRule, row: Row): Row | undefined {
  const tuple = rule.places.map((place) => row[place] ?? null)
  return tuple.includes(null) ? undefined : tuple
}

/** Hash of a rule's values in a row; undefined where one is NULL. */
export function hashOf(rule: UniqueRule, row: Row): bigint | undefined {
  const tuple = tupleOf(rule, row)
  return tuple === undefined ? undefined : rule.hash(tuple)
}

/**
 * Adds to the rules' sets what the table holds of the rows of a batch; by the engine's own idea of equality. Resolves with the rows found, by rule,
 * in the step's columns.
 */
export async function meetExisting(
  options: UniqueCensusOptions,
  rules: readonly UniqueRule[],
  rows: readonly Row[],
): Promise<readonly { readonly rule: UniqueRule; readonly row: Row }[]> {
  if (!options.occupied) return []
  const met: { rule: UniqueRule; row: Row }[] = []
  for (const rule of rules) {
    const tuples = rows.flatMap((row) => {
      const tuple = tupleOf(rule, row)
      return tuple === undefined ? [] : [tuple]
    })
    for (let start = 0; start < tuples.length; start += CHUNK) {
      for (const row of await findTuples(options, rule, tuples.slice(start, start + CHUNK))) {
        rule.taken.add(rule.hash(rule.places.map((place) => row[place] ?? null)))
        met.push({ rule, row })
      }
    }
  }
  return met
}

async function findTuples(options: UniqueCensusOptions, rule: UniqueRule, tuples: readonly (readonly SqlValue[])[]): Promise<Row[]> {
  const { quote } = options.session.dialect
  const select = options.codecs.map((codec) => codec.select).join(', ')
  const equal = `(${rule.columns.map((column) => `${quote(column)} = ?`).join(' and ')})`
  const sql = `select ${select} from ${quote(options.table.name)} where ${tuples.map(() => equal).join(' or ')}`
  return options.session.rows(sql, tuples.flat())
}
