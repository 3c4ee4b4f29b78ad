import { FerryError } from '../core/errors.ts'
import type { Key } from '../core/record.ts'
import { type Row, type SqlValue, ValueProblem } from '../core/row.ts'
import { invalid } from '../definition/invalid.ts'
import { tableOf } from '../definition/mapping-links.ts'
import { orderSteps } from '../definition/order-steps.ts'
import type { ColumnSpec, ResolvedMapping } from '../definition/transfer.ts'
import type { Codec, TableInfo } from '../target/target.ts'
import { checkTable } from './check-table.ts'
import { columnKind, parentPlace } from './column-kind.ts'
import { type Ask, compileLookup, compileReference, type ReferenceAsk } from './compile-asks.ts'
import { compileDirect, type DirectColumn } from './compile-direct.ts'
import { compilePkFromKey } from './derive-pk.ts'
import type { Frame } from './frame.ts'
import type { CompileOptions } from './transformed-batch.ts'

/** What a step writes, column by column. */
export interface ColumnPlan {
  readonly mapping: ResolvedMapping
  readonly table: TableInfo
  /** In the order of step.columns. */
  readonly codecs: readonly Codec[]
  readonly direct: readonly DirectColumn[]
  /** In the order of their first columns; columns of one parent share an ask. */
  readonly asks: readonly Ask[]
  /** Asks of columns that a later patch fills: load checks that there is a key where one is required. */
  readonly deferred: readonly Ask[]
}

/** Compiles every column of a step. @throws as compilePipeline */
export function compileColumns(options: CompileOptions): ColumnPlan {
  const { transfer, step, tables } = options
  const mapping = transfer.mappings.find((candidate) => candidate.name === step.mapping)
  if (mapping === undefined) throw invalid(`the transfer has no mapping ${JSON.stringify(step.mapping)}`)
  const table = tableOf(mapping, tables)
  checkTable(mapping, table)
  const isPatch = step.kind === 'patch'
  const direct: DirectColumn[] = []
  const asks: Ask[] = []
  const unchecked = isPatch ? new Set<string>() : findUnchecked(options)
  const codecs = step.columns.map((name, at) => {
    const place = toPlace(options, { mapping, table, name, at })
    const wanted = !isPatch || step.deferred.includes(name)
    if (wanted) compileColumn(place, { direct, asks, unchecked })
    return place.codec
  })
  const deferred: Ask[] = []
  for (const name of isPatch ? [] : step.deferred) {
    const place = toPlace(options, { mapping, table, name, at: -1 })
    compileColumn(place, { direct: [], asks: deferred, unchecked: new Set() })
  }
  return { mapping, table, codecs, direct, asks, deferred }
}

interface Place {
  readonly options: CompileOptions
  readonly mapping: ResolvedMapping
  readonly label: string
  readonly spec: ColumnSpec
  readonly name: string
  readonly at: number
  readonly codec: Codec
  readonly nullable: boolean
}

function toPlace(options: CompileOptions, found: { mapping: ResolvedMapping; table: TableInfo; name: string; at: number }): Place {
  const { mapping, table, name, at } = found
  const label = `mapping ${JSON.stringify(mapping.name)}, column ${JSON.stringify(name)}`
  const spec = mapping.columns[name]
  const info = table.columns.find((candidate) => candidate.name === name)
  if (spec === undefined || info === undefined) throw unknownColumn(label, table, name)
  const kind = columnKind({ transfer: options.transfer, tables: options.tables, mapping, column: name })
  const nullable = info.nullable && !table.primaryKey.includes(name)
  return { options, mapping, label, spec, name, at, codec: options.dialect.codec(info, kind), nullable }
}

interface Compiled {
  readonly direct: DirectColumn[]
  readonly asks: Ask[]
  /** Mappings whose rows may come after this one: their pk is computed, not looked up. */
  readonly unchecked: ReadonlySet<string>
}

function compileColumn(place: Place, compiled: Compiled): void {
  const { spec, options, mapping, name, at, nullable, codec } = place
  const { origin } = spec
  const places = { transfer: options.transfer, tables: options.tables, dialect: options.dialect, mapping }
  if (origin.from === 'reference' || origin.from === 'parent') {
    const ask = compileReference({ ...spec, origin }, { name, at, nullable, taken: takenOfParent(place) }, places)
    if (compiled.unchecked.has(ask.mapping)) compiled.direct.push(compileUnchecked(ask, place))
    else addAsk(compiled.asks, ask)
  } else if (origin.from === 'lookup') {
    const taken = origin.column ?? onlyKeyOf(options.tables.get(origin.table), place, 'Name the column: lookup(table, match, { column }).')
    compiled.asks.push(compileLookup({ ...spec, origin }, { name, at, nullable, taken }, places))
  } else {
    const { transfer, idBase } = options
    compiled.direct.push(compileDirect(spec, { name, at, nullable, codec, transfer: transfer.name, mapping: mapping.name, idBase }))
  }
}

function takenOfParent(place: Place): string {
  const { options, mapping, name } = place
  const parent = parentPlace({ transfer: options.transfer, tables: options.tables, mapping, column: name })
  if (parent === undefined)
    throw invalid(`${place.label}: the parent has no single primary key column`, 'Name its columns: references(...) or { column }.')
  const table = tableOf(parent.mapping, options.tables)
  if (!table.columns.some((column) => column.name === parent.column)) throw unknownColumn(place.label, table, parent.column)
  return parent.column
}

function onlyKeyOf(table: TableInfo | undefined, place: Place, hint: string): string {
  const [only, ...more] = table?.primaryKey ?? []
  // An unknown table is reported, with its name, where the lookup is compiled.
  if (table === undefined) return ''
  if (only === undefined || more.length > 0)
    throw invalid(`${place.label}: table ${JSON.stringify(table.name)} has no single primary key column`, hint)
  return only
}

/** Columns that ask for the same parent in the same way share one question. */
function addAsk(asks: Ask[], ask: ReferenceAsk): void {
  const at = asks.findIndex(
    (other) =>
      other.from === 'reference' &&
      other.source === ask.source &&
      other.mapping === ask.mapping &&
      other.missing === ask.missing &&
      other.orTarget === ask.orTarget,
  )
  const shared = asks[at]
  if (shared === undefined) asks.push(ask)
  else asks[at] = { ...shared, columns: [...shared.columns, ...ask.columns] }
}

/** In a cycle of NOT NULL columns the parent may come later: its pk follows from its key, and the check after the load finds what is missing. */
function compileUnchecked(ask: ReferenceAsk, place: Place): DirectColumn {
  const { options, at } = place
  const toPk = compilePkFromKey({ transfer: options.transfer, mapping: ask.mapping, tables: options.tables, dialect: options.dialect })
  const parent = options.transfer.mappings.find((mapping) => mapping.name === ask.mapping)
  const primaryKey = (parent && options.tables.get(parent.table)?.primaryKey) ?? []
  const taken = primaryKey.indexOf(takenOfParent(place))
  if (toPk === undefined || taken < 0)
    throw invalid(`${place.label}: the id of ${JSON.stringify(ask.mapping)} is not known before its row is written`)
  return {
    at,
    pointer: ask.pointer,
    read: (frame: Frame): SqlValue | ValueProblem => {
      const key: Key | null | ValueProblem = ask.read(frame)
      if (key === null) return ask.absent()
      if (key instanceof ValueProblem) return key
      const pk: Row | ValueProblem = toPk(key)
      return pk instanceof ValueProblem ? pk : (pk[taken] ?? null)
    },
  }
}

function findUnchecked({ transfer, tables, step }: CompileOptions): ReadonlySet<string> {
  const loads = orderSteps(transfer, tables).steps.filter((other) => other.kind === 'load')
  const own = loads.findIndex((other) => other.mapping === step.mapping)
  return new Set(loads.slice(Math.max(own, 0)).map((other) => other.mapping))
}

function unknownColumn(label: string, table: TableInfo, name: string): FerryError {
  const names = table.columns.map((column) => column.name).join(', ')
  return new FerryError(
    'FERRY_DEFINITION_UNKNOWN_COLUMN',
    `${label}: table ${JSON.stringify(table.name)} has no column ${JSON.stringify(name)}`,
    {
      hint: `It has ${names}. Correct the name, or add the column by a migration.`,
    },
  )
}
