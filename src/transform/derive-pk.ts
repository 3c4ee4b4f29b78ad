import type { Key } from '../core/record.ts'
import { type Row, type SqlValue, ValueProblem } from '../core/row.ts'
import { isPkFromKey } from '../definition/pk-from-key.ts'
import type { ColumnSpec, ResolvedTransfer } from '../definition/transfer.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'
import { columnKind } from './column-kind.ts'
import { compileConversion } from './convert-value.ts'
import { createUuidFromKey } from './uuid-from-key.ts'

/** One column's value from the source key alone. */
export type KeyColumn = (key: Key) => SqlValue | ValueProblem

/**
 * Computes a mapping's primary key from the source key alone, in the table's key order; undefined where it takes the record
 * (a field, an allocated integer) or the database (skip, upsert). Those mappings stand in StepOrder.idMapped when referenced.
 */
export function compilePkFromKey(options: {
  transfer: ResolvedTransfer
  mapping: string
  tables: ReadonlyMap<string, TableInfo>
  dialect: Dialect
}): ((key: Key) => Row | ValueProblem) | undefined {
  const { transfer, tables, dialect } = options
  const mapping = transfer.mappings.find((candidate) => candidate.name === options.mapping)
  const table = mapping && tables.get(mapping.table)
  if (mapping === undefined || table === undefined || !isPkFromKey(mapping, table)) return undefined
  const columns: KeyColumn[] = []
  for (const name of table.primaryKey) {
    const spec = mapping.columns[name]
    const info = table.columns.find((candidate) => candidate.name === name)
    if (spec === undefined || info === undefined) return undefined
    const codec = dialect.codec(info, columnKind({ transfer, tables, mapping, column: name }))
    columns.push(compileKeyColumn(spec, { codec, transfer: transfer.name, mapping: mapping.name }))
  }
  return (key) => {
    const row: SqlValue[] = []
    for (const column of columns) {
      const value = column(key)
      if (value instanceof ValueProblem) return value
      row.push(value)
    }
    return row
  }
}

function compileKeyColumn(spec: ColumnSpec, { codec, transfer, mapping }: { codec: Codec; transfer: string; mapping: string }): KeyColumn {
  const { origin } = spec
  if (origin.from === 'id') {
    const toUuid = createUuidFromKey(transfer, mapping)
    return (key) => codec.encode(toUuid(key))
  }
  const convert = compileConversion(spec.convert ?? { kind: codec.kind })
  const encode = (given: unknown): SqlValue | ValueProblem => {
    const value = convert(given)
    if (value === undefined) return new ValueProblem('ABSENT', 'a primary key cannot be NULL')
    return value instanceof ValueProblem ? value : codec.encode(value)
  }
  if (origin.from === 'constant') return () => encode(origin.value)
  if (origin.from !== 'key') return () => new ValueProblem('TYPE', 'does not follow from the key')
  const { at } = origin
  return at === undefined ? encode : (key) => encode(keyPart(key, at))
}

/** A part of a nested key; undefined where there is none. */
export function keyPart(key: Key, at: number): Key | undefined {
  return typeof key === 'object' ? key[at] : undefined
}
