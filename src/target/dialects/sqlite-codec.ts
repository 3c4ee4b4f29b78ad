import { FerryError } from '../../core/errors.ts'
import type { SqlValue, ValueKind } from '../../core/row.ts'
import type { Codec, ColumnInfo } from '../target.ts'
import { toAffinity } from './sqlite-affinity.ts'
import { createNumberEncoder } from './sqlite-number-codec.ts'
import { quoteSqlite } from './sqlite-quote.ts'
import type { SqliteSlot } from './sqlite-slot.ts'
import { createTextEncoder } from './sqlite-text-codec.ts'

const NUMBER_KINDS: ReadonlySet<ValueKind> = new Set(['integer', 'bigint', 'float', 'decimal', 'boolean'])

/**
 * The codec of a SQLite column. Types are not enforced by SQLite and its affinities change values on their way in,
 * so `encode` admits a value only in the form that comes back the same.
 * @throws FERRY_DEFINITION_TYPE_MISMATCH
 */
export function createSqliteCodec(column: ColumnInfo, kind: ValueKind): Codec {
  const affinity = column.storage?.affinity ?? toAffinity(column.type)
  const slot: SqliteSlot = { column, kind, affinity, strict: column.storage?.strict ?? false }
  const encode = NUMBER_KINDS.has(kind) ? createNumberEncoder(slot) : createTextEncoder(slot)
  if (encode === undefined)
    throw new FerryError(
      'FERRY_DEFINITION_TYPE_MISMATCH',
      `column ${column.name} (${column.type || 'no type'}) cannot hold ${kind} values`,
      {
        hint: 'Change the kind in the mapping, or the column type in a migration.',
      },
    )
  // A column without affinity keeps 5 and 5.0 apart; in the others both are the same stored number.
  const isExact = affinity === 'blob' && kind !== 'float'
  const canonical = isExact ? renderExact : renderNumeric
  const tagged = { plain: canonical, plainNumbers: !isExact }
  return Object.freeze({ kind, encode, canonical, tagged, select: quoteSqlite(column.name) })
}

/** `t` text, `x` blob, `n` whole number, `r` other number: values of different storage classes never share a text. */
function renderNumeric(stored: Exclude<SqlValue, null>): string {
  if (typeof stored === 'string') return `t${stored}`
  if (typeof stored === 'bigint') return `n${stored}`
  if (typeof stored === 'number') return renderNumber(stored)
  if (typeof stored === 'boolean') return stored ? 'n1' : 'n0'
  return `x${Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('hex')}`
}

function renderNumber(value: number): string {
  if (value === 0) return Object.is(value, -0) ? 'r-0' : 'n0'
  if (Number.isSafeInteger(value)) return `n${value}`
  return Number.isInteger(value) ? `n${BigInt(value)}` : `r${value}`
}

function renderExact(stored: Exclude<SqlValue, null>): string {
  return typeof stored === 'number' ? `r${stored}` : renderNumeric(stored)
}
