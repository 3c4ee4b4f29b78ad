import { FerryError } from '../core/errors.ts'
import type { Key } from '../core/record.ts'
import { type Row, type SqlValue, ValueProblem } from '../core/row.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Codec, ColumnInfo, TableInfo } from '../target/target.ts'
import { columnKind } from '../transform/column-kind.ts'
import { compilePkFromKey } from '../transform/derive-pk.ts'
import type { Resolution } from '../transform/pipeline.ts'
import { findRows, pkText, type RowQuery } from './find-rows.ts'
import { findIds } from './id-map.ts'
import { type KnownParent, ParentCensus, type SharedParents } from './parent-census.ts'
import { askedColumns } from './parent-columns.ts'
import type { ResolverOptions } from './resolver-options.ts'

/** Parents remembered per mapping; about 200 bytes each. */
const MOST_REMEMBERED = 20_000

type Found = Exclude<Resolution, string>

/** One mapping as others refer to it. */
export interface Parent {
  /** The rows of keys (by their texts); absent ones are left out. */
  find(keys: ReadonlyMap<string, Key>, orTarget: boolean): Promise<ReadonlyMap<string, Found>>
  /** Looks up one column without a query, once the parents are in memory. `count`: keys about to be asked. */
  quick(column: string, count: number): Promise<KnownParent | undefined>
  /** The same for other threads: see `ParentCensus.share`. */
  share(column: string, count: number): Promise<SharedParents | undefined>
  isKnownByHash(): boolean
}

export function createParent(options: ResolverOptions, name: string): Parent {
  const place = toPlace(options, name)
  const compute = compilePkFromKey({ transfer: options.transfer, mapping: name, tables: options.tables, dialect: options.session.dialect })
  const remembered = new Map<string, Found>()
  const pksOf = compute ? async (keys: ReadonlyMap<string, Key>) => computePks(keys, compute) : idMapped(options, place)
  const [only, ...more] = place.query.keyColumns
  const [codec] = place.query.keyCodecs
  const census =
    compute !== undefined && only !== undefined && codec !== undefined && more.length === 0
      ? new ParentCensus(options.session, { table: place.mapping.table, column: only, codec, compute })
      : undefined
  return {
    quick: async (column, count) => (column === only ? census?.open(count) : undefined),
    share: async (column, count) => (column === only ? census?.share(count) : undefined),
    isKnownByHash: () => census?.isByHash === true,
    async find(keys, orTarget) {
      const asked = new Map([...keys].filter(([text]) => !remembered.has(text)))
      const found = new Map([...keys.keys()].flatMap((text) => entryOf(remembered, text)))
      if (asked.size === 0) return found
      const fresh = await readParents(options, place, await pksOf(asked, orTarget))
      if (remembered.size + fresh.size > MOST_REMEMBERED) remembered.clear()
      for (const [text, row] of fresh) {
        found.set(text, row)
        if (remembered.size < MOST_REMEMBERED) remembered.set(text, row)
      }
      return found
    },
  }
}

interface Place {
  readonly mapping: ResolvedMapping
  readonly query: RowQuery
  /** Columns of the answer: primary key, then those of `query.select`. */
  readonly columns: readonly string[]
}

function toPlace(options: ResolverOptions, name: string): Place {
  const mapping = options.transfer.mappings.find((one) => one.name === name)
  const table = options.tables.get(mapping?.table ?? '')
  if (!mapping || !table) {
    throw new FerryError('FERRY_DEFINITION_INVALID', `a reference names the mapping ${name}, which is not there or has no table`, {
      hint: 'Name a mapping of the same transfer in reference(...).',
    })
  }
  const others = askedColumns(options.transfer, name).filter((column) => !table.primaryKey.includes(column))
  const codecFor = (column: string) => toCodec(options, mapping, columnOf(table, column))
  return {
    mapping,
    columns: [...table.primaryKey, ...others],
    query: {
      table: mapping.table,
      keyColumns: table.primaryKey,
      keyCodecs: table.primaryKey.map(codecFor),
      select: others.map((column) => codecFor(column).select),
    },
  }
}

function columnOf(table: TableInfo, name: string): ColumnInfo {
  const column = table.columns.find((one) => one.name === name)
  if (column) return column
  throw new FerryError('FERRY_DEFINITION_UNKNOWN_COLUMN', `table ${table.name} has no column ${name}`, {
    hint: 'Correct the column of the reference, or add it by a migration.',
  })
}

function toCodec(options: ResolverOptions, mapping: ResolvedMapping, column: ColumnInfo): Codec {
  const { transfer, tables, session } = options
  return session.dialect.codec(column, columnKind({ transfer, tables, mapping, column: column.name }))
}

/** A key whose pk cannot stand in the column belongs to no row. */
function computePks(keys: ReadonlyMap<string, Key>, compute: (key: Key) => Row | ValueProblem): ReadonlyMap<string, Row> {
  const pks = new Map<string, Row>()
  for (const [text, key] of keys) {
    const pk = compute(key)
    if (!(pk instanceof ValueProblem)) pks.set(text, pk)
  }
  return pks
}

function idMapped(options: ResolverOptions, place: Place) {
  return async (keys: ReadonlyMap<string, Key>, orTarget: boolean): Promise<ReadonlyMap<string, Row>> => {
    const pks = new Map(await findIds(options.session, options.runIds, place.mapping.name, [...keys.values()]))
    if (!orTarget || !keepsIds(place)) return pks
    // The id of such a mapping is a field of the record, so a key that is in no record is taken for the id itself.
    const codec = place.query.keyCodecs[0]
    for (const [text, key] of keys) {
      if (pks.has(text) || codec === undefined || typeof key === 'object') continue
      const id = codec.encode(key)
      if (!(id instanceof ValueProblem)) pks.set(text, [id])
    }
    return pks
  }
}

function keepsIds({ mapping, query }: Place): boolean {
  const [column, ...more] = query.keyColumns
  const from = column === undefined ? undefined : mapping.columns[column]?.origin.from
  return more.length === 0 && (from === 'field' || from === 'item')
}

async function readParents(options: ResolverOptions, place: Place, pks: ReadonlyMap<string, Row>): Promise<Map<string, Found>> {
  const rows = await findRows(options.session, place.query, [...pks.values()])
  const found = new Map<string, Found>()
  for (const [text, pk] of pks) {
    const rest = rows.get(pkText(place.query.keyCodecs, pk))
    if (rest) found.set(text, { found: toRecord(place.columns, [...pk, ...rest]) })
  }
  return found
}

function toRecord(columns: readonly string[], values: Row): Readonly<Record<string, SqlValue>> {
  const record: Record<string, SqlValue> = Object.create(null)
  for (const [at, column] of columns.entries()) record[column] = values[at] ?? null
  return record
}

function entryOf(from: ReadonlyMap<string, Found>, text: string): readonly [string, Found][] {
  const row = from.get(text)
  return row ? [[text, row]] : []
}
