import { FerryError } from '../core/errors.ts'
import type { Key } from '../core/record.ts'
import { type LogicalValue, type SqlValue, ValueProblem } from '../core/row.ts'
import { findParent } from '../definition/find-parent.ts'
import { invalid } from '../definition/invalid.ts'
import type { ColumnOrigin, ColumnSpec, ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'
import { kindOfType } from './column-kind.ts'
import { absentValue } from './compile-direct.ts'
import { describeThrown, type Frame, isKey, toPointer } from './frame.ts'
import { compileParentKey } from './parent-key.ts'

/** A column of an ask: its place in the row, and the parent's column it takes. */
export interface AskColumn {
  readonly name: string
  readonly at: number
  readonly taken: string
  readonly nullable: boolean
}

interface AskBase {
  readonly columns: readonly AskColumn[]
  readonly missing: 'reject' | 'null' | 'stop'
  readonly pointer: string
  /** What no link at all becomes. */
  absent(): null | ValueProblem
}

/** One question a batch puts to the resolver: parents by key. */
export interface ReferenceAsk extends AskBase {
  readonly from: 'reference'
  readonly mapping: string
  readonly orTarget: boolean
  /** Equal for columns that take their value from the same parent. */
  readonly source: unknown
  /** null: no link. */
  read(frame: Frame): Key | null | ValueProblem
}

/** One question a batch puts to the resolver: existing rows by natural key. */
export interface LookupAsk extends AskBase {
  readonly from: 'lookup'
  readonly table: string
  readonly match: readonly string[]
  readonly column: string
  /** null: a part is absent, so no row. */
  read(frame: Frame): readonly SqlValue[] | null | ValueProblem
}

export type Ask = ReferenceAsk | LookupAsk

export interface AskOptions {
  readonly transfer: ResolvedTransfer
  readonly mapping: ResolvedMapping
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly dialect: Dialect
}

type Origin<From extends ColumnOrigin['from']> = Extract<ColumnOrigin, { from: From }>

/** Compiles a reference() or parent() column; `taken`: the parent's column. */
export function compileReference(
  spec: ColumnSpec & { readonly origin: Origin<'reference'> | Origin<'parent'> },
  column: AskColumn,
  { transfer, mapping }: AskOptions,
): ReferenceAsk {
  const { origin } = spec
  const absent = absentValue(spec, column.nullable)
  const label = `mapping ${JSON.stringify(mapping.name)}, column ${JSON.stringify(column.name)}`
  if (origin.from === 'parent') {
    const parent = transfer.mappings.find((one) => one.name === origin.mapping) ?? findParent(mapping, transfer.mappings)
    if (parent === undefined) throw invalid(`${label}: parent() finds no mapping above`)
    const read = guardKey(compileParentKey(parent))
    const pointer = `/columns${toPointer([column.name])}`
    const base = { columns: [column], missing: 'reject', pointer, absent, read } as const
    return { ...base, from: 'reference', mapping: parent.name, orTarget: false, source: 'parent' }
  }
  if (origin.missing === 'null' && !column.nullable) {
    throw invalid(
      `${label}: missing: 'null' needs a column that takes NULL`,
      "Use missing: 'reject', or make the column nullable by a migration.",
    )
  }
  const { key } = origin
  const read = guardKey((frame) => key(frame.value as never, frame))
  const pointer = origin.path === undefined ? `/columns${toPointer([column.name])}` : toPointer(origin.path)
  const base = { columns: [column], missing: origin.missing, pointer, absent, read }
  return { ...base, from: 'reference', mapping: origin.mapping, orTarget: origin.orTarget, source: key }
}

/** What a function gives as a key, checked; what it throws is a problem of the item. */
function guardKey(keyOf: (frame: Frame) => unknown): (frame: Frame) => Key | null | ValueProblem {
  return (frame) => {
    let key: unknown
    try {
      key = keyOf(frame)
    } catch (error) {
      return new ValueProblem('COMPUTE', `the function of the reference ${describeThrown(error)}`)
    }
    if (key === null || key === undefined) return null
    return isKey(key) ? key : new ValueProblem('TYPE', 'is no key: neither text, number nor a list of them')
  }
}

/** Compiles a lookup() column. @throws FERRY_DEFINITION_UNKNOWN_TABLE, FERRY_DEFINITION_UNKNOWN_COLUMN, FERRY_DEFINITION_INVALID */
export function compileLookup(
  spec: ColumnSpec & { readonly origin: Origin<'lookup'> },
  column: AskColumn,
  { mapping, tables, dialect }: AskOptions,
): LookupAsk {
  const { origin } = spec
  const label = `mapping ${JSON.stringify(mapping.name)}, column ${JSON.stringify(column.name)}`
  const table = tables.get(origin.table)
  if (table === undefined) {
    throw new FerryError('FERRY_DEFINITION_UNKNOWN_TABLE', `${label}: the target has no table ${JSON.stringify(origin.table)}`, {
      hint: 'Run the migrations first, or change the name of the table.',
    })
  }
  if (origin.missing === 'null' && !column.nullable) throw invalid(`${label}: missing: 'null' needs a column that takes NULL`)
  const match = Object.keys(origin.match)
  const codecs = match.map((name) => lookupCodec(table, name, { label, dialect }))
  const getters = Object.values(origin.match)
  const [path] = Object.values(origin.paths ?? {})
  const pointer = path === undefined || match.length !== 1 ? `/columns${toPointer([column.name])}` : toPointer(path)
  const base = { columns: [column], missing: origin.missing, pointer, absent: absentValue(spec, column.nullable) }
  const read = (frame: Frame): readonly SqlValue[] | null | ValueProblem => {
    const values: SqlValue[] = []
    for (const [at, getter] of getters.entries()) {
      const value = readPart(() => getter(frame.value as never, frame), codecs[at])
      if (value === null || value instanceof ValueProblem) return value
      values.push(value)
    }
    return values
  }
  return { ...base, from: 'lookup', table: origin.table, match, column: column.taken, read }
}

function lookupCodec(table: TableInfo, name: string, { label, dialect }: { label: string; dialect: Dialect }): Codec {
  const info = table.columns.find((candidate) => candidate.name === name)
  if (info !== undefined) return dialect.codec(info, kindOfType(info.type))
  throw new FerryError(
    'FERRY_DEFINITION_UNKNOWN_COLUMN',
    `${label}: table ${JSON.stringify(table.name)} has no column ${JSON.stringify(name)}`,
    {
      hint: 'Correct the column names of lookup().',
    },
  )
}

function readPart(read: () => unknown, codec: Codec | undefined): SqlValue | ValueProblem {
  let given: unknown
  try {
    given = read()
  } catch (error) {
    return new ValueProblem('COMPUTE', `the function of the lookup ${describeThrown(error)}`)
  }
  if (given === null || given === undefined) return null
  const fits = typeof given === 'string' || typeof given === 'number' || typeof given === 'bigint' || typeof given === 'boolean'
  if (!fits || codec === undefined) return new ValueProblem('TYPE', 'is no value that a column can equal')
  return codec.encode(given as LogicalValue)
}
