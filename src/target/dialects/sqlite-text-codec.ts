import { isUuid } from '../../core/is-uuid.ts'
import { type LogicalValue, type ValueKind, ValueProblem } from '../../core/row.ts'
import { isNumericText } from './sqlite-affinity.ts'
import type { SqliteEncoder, SqliteSlot } from './sqlite-slot.ts'

/** Encoders of text, json, timestamp, date, time, uuid and bytes; undefined where the column cannot hold the kind. */
export function createTextEncoder(slot: SqliteSlot): SqliteEncoder | undefined {
  const { column, kind, affinity, strict } = slot
  // The rowid takes integers only; STRICT columns take what they are declared for.
  if ((column.autoIncrement || (strict && affinity === 'integer')) && kind !== 'timestamp') return undefined
  if (strict && affinity === 'real') return undefined
  if (kind === 'bytes') return createBytesEncoder(slot)
  if (strict && column.type === 'blob') return kind === 'uuid' ? createUuidEncoder(slot) : undefined
  if (kind === 'text' || kind === 'json') return createStringEncoder(slot)
  if (kind === 'uuid') return createUuidEncoder(slot)
  if (kind === 'timestamp' && affinity === 'integer') return encodeEpochMs
  return affinity === 'integer' || affinity === 'real' ? undefined : createStringEncoder(slot)
}

/** Text as it is, where the column changes nothing of it. Lengths are in code points, as in the servers' varchar(n). */
function createStringEncoder({ column, affinity, kind }: SqliteSlot): SqliteEncoder {
  const limit = affinity === 'text' ? column.maxLength : undefined
  const converts = affinity === 'numeric' || affinity === 'integer' || affinity === 'real'
  return (value) => {
    if (typeof value !== 'string') return notOfKind(kind)
    if (!isWellFormed(value)) return new ValueProblem('ENCODING', 'the text holds half of a surrogate pair')
    if (limit !== undefined && value.length > limit && countCharacters(value) > limit)
      return new ValueProblem('LENGTH', `longer than ${limit} characters`)
    if (converts && isNumericText(value))
      return new ValueProblem('AFFINITY', `looks like a number, and the column (${column.type}) would store it as one; use a text column`)
    return value
  }
}

/** Text form, or 16 bytes where the column is made for bytes. */
function createUuidEncoder(slot: SqliteSlot): SqliteEncoder | undefined {
  const { column, affinity } = slot
  const { maxLength } = column
  if (isBinary(column.type)) {
    if (maxLength !== undefined && maxLength < 16) return undefined
    return (value) => (typeof value === 'string' && isUuid(value) ? Buffer.from(value.replaceAll('-', ''), 'hex') : notOfKind('uuid'))
  }
  if (affinity === 'integer' || affinity === 'real' || (maxLength !== undefined && maxLength < 36)) return undefined
  return (value) => (typeof value === 'string' && isUuid(value) ? value : notOfKind('uuid'))
}

function createBytesEncoder({ column, affinity }: SqliteSlot): SqliteEncoder | undefined {
  if (affinity !== 'blob' && !isBinary(column.type)) return undefined
  const { maxLength } = column
  return (value) => {
    if (!(value instanceof Uint8Array)) return notOfKind('bytes')
    return maxLength !== undefined && value.byteLength > maxLength ? new ValueProblem('LENGTH', `longer than ${maxLength} bytes`) : value
  }
}

/** Integer columns hold ms since 1970. */
function encodeEpochMs(value: LogicalValue): number | ValueProblem {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (typeof value !== 'string' || Number.isNaN(ms)) return notOfKind('timestamp')
  if (/\.\d{3}\d*[1-9]\d*Z$/.test(value))
    return new ValueProblem('PRECISION', 'finer than a millisecond, and the column counts milliseconds')
  return ms
}

/** Node 20 has it (https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/String/isWellFormed); the es2023 types do not. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function countCharacters(text: string): number {
  let count = 0
  for (const _character of text) count += 1
  return count
}

function isBinary(type: string): boolean {
  return /binary|blob/.test(type)
}

function notOfKind(kind: ValueKind): ValueProblem {
  return new ValueProblem('TYPE', `the value is not of kind ${kind}`)
}
