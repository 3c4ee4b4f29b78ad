import type { RecordBytes } from '../../core/record-bytes.ts'
import type { SqlValue } from '../../core/row.ts'
import { canonicalTimestamp } from '../codec-time.ts'
import type { Codec } from '../target.ts'
import type { CopyBuffer } from './postgres-copy-buffer.ts'
import { DAY_MICROS, readIsoDays, readIsoTime } from './postgres-iso.ts'

/** Writes one value with its length; false where the value is not of the form the type takes here, and nothing was written. */
export type FieldWriter = (out: CopyBuffer, value: Exclude<SqlValue, null>) => boolean

const writeBoolean: FieldWriter = (out, value) => {
  if (typeof value !== 'boolean') return false
  out.int32(1)
  out.byte(value ? 1 : 0)
  return true
}

const integerWriter = (bytes: 2 | 4): FieldWriter => {
  const limit = 2 ** (bytes * 8 - 1)
  return (out, value) => {
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number) || number < -limit || number >= limit) return false
    out.int32(bytes)
    if (bytes === 2) out.int16(number)
    else out.int32(number)
    return true
  }
}

const writeInt8: FieldWriter = (out, value) => {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value)
    return false
  out.int32(8)
  if (typeof value === 'number') out.safe64(value)
  else out.int64(value as bigint)
  return true
}

const writeFloat4: FieldWriter = (out, value) => {
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) return false
  out.int32(4)
  out.float32(value)
  return true
}

const writeFloat8: FieldWriter = (out, value) => {
  if (typeof value !== 'number') return false
  out.int32(8)
  out.float64(value)
  return true
}

const writeText: FieldWriter = (out, value) => {
  if (typeof value !== 'string') return false
  out.text(value)
  return true
}

const writeJsonb: FieldWriter = (out, value) => {
  if (typeof value !== 'string') return false
  out.text(value, 1)
  return true
}

const writeBytes: FieldWriter = (out, value) => {
  if (!(value instanceof Uint8Array)) return false
  out.int32(value.length)
  out.raw(value)
  return true
}

const writeUuid: FieldWriter = (out, value) => typeof value === 'string' && out.uuid(value)

const MOST_TIMESTAMP_CHARS = 27

const writeTimestamp: FieldWriter = (out, value) => {
  if (typeof value !== 'string' || value.length > MOST_TIMESTAMP_CHARS) return false
  return out.readAscii(value, (bytes, from, end) => writeInstant(out, bytes, { from, end })) === true
}

/** Of the bytes of a text; false, and nothing written, where they are no instant. */
function writeInstant(out: CopyBuffer, bytes: Uint8Array, { from, end }: { readonly from: number; readonly end: number }): boolean {
  const time = readIsoTime(bytes, from, end)
  const days = readIsoDays(bytes, from)
  if (time < 0 || days === undefined) return false
  out.int32(8)
  // Beyond some 280 years from 2000 the microseconds are no safe integer.
  if (Math.abs(days) < 100_000) out.safe64(days * DAY_MICROS + time)
  else out.int64(BigInt(days) * BigInt(DAY_MICROS) + BigInt(time))
  return true
}

const writeDate: FieldWriter = (out, value) => {
  const days = typeof value === 'string' && value.length === 10 ? out.readAscii(value, readIsoDays) : undefined
  if (days === undefined) return false
  out.int32(4)
  out.int32(days)
  return true
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** Groups of four digits, the first one's weight, the sign and the count of digits after the point (numeric.c, numeric_recv). */
const writeNumeric: FieldWriter = (out, value) => {
  const parts = typeof value === 'object' || typeof value === 'boolean' ? null : DECIMAL.exec(String(value))
  if (parts === null) return false
  const [, sign, whole = '', fraction = ''] = parts
  if (whole.length > 1000 || fraction.length > 1000) return false
  const left = Math.ceil(whole.length / 4)
  const right = Math.ceil(fraction.length / 4)
  out.int32(8 + (left + right) * 2)
  out.int16(left + right)
  out.int16(left - 1)
  out.int16(sign === '-' ? 0x4000 : 0)
  out.int16(fraction.length)
  for (let end = whole.length - (left - 1) * 4; end <= whole.length; end += 4) out.int16(Number(whole.slice(Math.max(0, end - 4), end)))
  for (let at = 0; at < fraction.length; at += 4) out.int16(Number(fraction.slice(at, at + 4).padEnd(4, '0')))
  return true
}

/** Writers by oid of pg_type.dat; types without one go as text. */
export const FIELD_WRITERS: ReadonlyMap<number, FieldWriter> = new Map([
  [16, writeBoolean],
  [17, writeBytes],
  [20, writeInt8],
  [21, integerWriter(2)],
  [23, integerWriter(4)],
  [25, writeText],
  [114, writeText],
  [700, writeFloat4],
  [701, writeFloat8],
  [1042, writeText],
  [1043, writeText],
  [1082, writeDate],
  [1114, writeTimestamp],
  [1184, writeTimestamp],
  [1700, writeNumeric],
  [2950, writeUuid],
  [3802, writeJsonb],
])

/** Labels of enums are texts. */
export const ENUM_WRITER: FieldWriter = writeText

/** Writes a column of the record that was made of a row; false where its value is not of the form, and nothing was written. */
export type RecordFieldWriter = (out: CopyBuffer, record: RecordBytes, column: number) => boolean

/** For what a writer makes of the canonical text of a value: the same, without a look at the value. undefined where that is another text. */
export function fromRecord(writer: FieldWriter, { canonical }: Codec): RecordFieldWriter | undefined {
  if (writer === writeText && canonical === String) return copyText
  return writer === writeTimestamp && canonical === canonicalTimestamp ? readInstant : undefined
}

const copyText: RecordFieldWriter = (out, record, column) => {
  out.column(record, column)
  return true
}

const readInstant: RecordFieldWriter = (out, record, column) =>
  writeInstant(out, record.bytes, { from: record.startOf(column), end: record.endOf(column) })
