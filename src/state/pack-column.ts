import type { SqlValue } from '../core/row.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Where a column goes: `packed` is deflated; random bytes (uuids) stay `raw`, since deflating them costs time and gains nothing. */
export interface Writers {
  readonly raw: ByteWriter
  readonly packed: ByteWriter
}

export interface Readers {
  readonly raw: ByteReader
  readonly packed: ByteReader
}

const MIXED = 0
const NUMBERS = 1
const BIGINTS = 2
const UUIDS = 3
const TEXTS = 4

/** Differences of numbers up to here, doubled by the zigzag, stay exact. */
const LARGEST = 2 ** 50
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SURROGATE = /\p{Surrogate}/u

/** Packs the values of one column, so that `unpackColumn` gives exactly these: the number 1, the bigint 1 and the text '1' stay three things. */
export function packColumn(values: readonly SqlValue[], to: Writers): void {
  const form = formOf(values)
  to.packed.byte(form)
  if (form === NUMBERS || form === BIGINTS) packIntegers(values, to.packed)
  else if (form === UUIDS) for (const value of values) to.raw.uuid(String(value))
  else if (form === TEXTS) for (const value of values) to.packed.text(String(value), 'utf8')
  else for (const value of values) packTagged(value, to.packed)
}

/** @throws RangeError, SyntaxError on bytes that packColumn did not write */
export function unpackColumn(count: number, from: Readers): SqlValue[] {
  const form = from.packed.byte()
  if (form === NUMBERS) return unpackIntegers(count, from.packed)
  if (form === BIGINTS) return unpackIntegers(count, from.packed).map(BigInt)
  if (form === UUIDS) return fill(count, () => toUuid(from.raw.hex(16)))
  if (form === TEXTS) return fill(count, () => from.packed.text('utf8'))
  if (form === MIXED) return fill(count, () => unpackTagged(from.packed))
  throw new SyntaxError('unknown column form')
}

function formOf(values: readonly SqlValue[]): number {
  const first = values[0]
  if (typeof first === 'number' && values.every(isSmallNumber)) return NUMBERS
  if (typeof first === 'bigint' && values.every(isSmallBigint)) return BIGINTS
  if (typeof first !== 'string') return MIXED
  if (UUID.test(first) && values.every((value) => typeof value === 'string' && UUID.test(value))) return UUIDS
  return values.every((value) => typeof value === 'string' && !SURROGATE.test(value)) ? TEXTS : MIXED
}

function isSmallNumber(value: SqlValue): boolean {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= LARGEST && !Object.is(value, -0)
}

function isSmallBigint(value: SqlValue): boolean {
  return typeof value === 'bigint' && value <= LARGEST && value >= -LARGEST
}

/** Each as the difference to the one before, sign in the lowest bit (zigzag): ids that count up take one byte, and deflate to none. */
function packIntegers(values: readonly SqlValue[], to: ByteWriter): void {
  let before = 0
  for (const value of values) {
    const number = Number(value)
    const step = number - before
    to.varint(step >= 0 ? step * 2 : -step * 2 - 1)
    before = number
  }
}

function unpackIntegers(count: number, from: ByteReader): number[] {
  let before = 0
  return fill(count, () => {
    const coded = from.varint()
    before += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2
    return before
  })
}

function packTagged(value: SqlValue, to: ByteWriter): void {
  if (value === null) to.byte(0)
  else if (typeof value === 'boolean') to.byte(value ? 2 : 1)
  else if (typeof value === 'number') {
    to.byte(3)
    to.float64(value)
  } else if (typeof value === 'bigint') {
    to.byte(4)
    to.text(value.toString(), 'utf8')
  } else if (typeof value === 'string') {
    const broken = SURROGATE.test(value)
    to.byte(broken ? 6 : 5)
    to.text(value, broken ? 'utf16le' : 'utf8')
  } else {
    to.byte(7)
    to.varint(value.length)
    to.raw(value)
  }
}

function unpackTagged(from: ByteReader): SqlValue {
  const tag = from.byte()
  if (tag === 0) return null
  if (tag === 1 || tag === 2) return tag === 2
  if (tag === 3) return from.float64()
  if (tag === 4) return BigInt(from.text('utf8'))
  if (tag === 5) return from.text('utf8')
  if (tag === 6) return from.text('utf16le')
  if (tag === 7) return from.raw(from.varint())
  throw new SyntaxError('unknown value tag')
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function fill<T>(count: number, next: () => T): T[] {
  const values: T[] = []
  for (let at = 0; at < count; at += 1) values.push(next())
  return values
}
