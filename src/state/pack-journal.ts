import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { FerryError } from '../core/errors.ts'
import type { Row, SqlValue } from '../core/row.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { JournalColumns, JournalDraft, JournalRow, JournalUpdate } from './journal-entry.ts'
import { packColumn, type Readers, unpackColumn, type Writers } from './pack-column.ts'

/** Raises with any change of the layout below; older ones must stay readable. */
const FORMAT = 1
const STORED = 0
const DEFLATED = 1
const NONE = 0
const ALL = 1
const SOME = 2

/** What of an entry is packed. */
export interface PackedRows {
  readonly rows: readonly JournalRow[]
  readonly updates: readonly JournalUpdate[]
}

/**
 * One batch as bytes: format, crc32 of the rest (4), then raw part with its length (64-bit hashes, uuids), then the other columns,
 * deflated where that gains. About 8 bytes a row with counted integer keys, 24 with uuids.
 * @throws FERRY_INTERNAL when rows differ in width
 */
export function packJournal(entry: Pick<JournalDraft, 'rows' | 'updates'>): Uint8Array {
  const to: Writers = { raw: new ByteWriter(), packed: new ByteWriter() }
  if ('hashes' in entry.rows) packColumns(entry.rows, to)
  else packRows(entry.rows, to)
  packRows(entry.updates, to)
  packTable(
    entry.updates.map((update) => update.before),
    to,
  )
  const plain = to.packed.toBytes()
  const deflated = deflateRawSync(plain, { level: 1 })
  const body = new ByteWriter()
  body.varint(to.raw.length)
  body.raw(to.raw.toBytes())
  body.byte(deflated.length < plain.length ? DEFLATED : STORED)
  body.raw(deflated.length < plain.length ? deflated : plain)
  const head = Buffer.alloc(5)
  head.writeUInt8(FORMAT, 0)
  head.writeUInt32LE(crc32(body.toBytes()), 1)
  return Buffer.concat([head, body.toBytes()])
}

/** @throws FERRY_STATE_CORRUPT */
export function unpackJournal(bytes: Uint8Array, place: string): PackedRows {
  return unpack(bytes, place, unpackBody)
}

/** The hashes alone of its first `count` rows, which is all of them or fewer: 8 bytes each, little-endian, that share memory with `bytes`. @throws FERRY_STATE_CORRUPT */
export function unpackHashes(bytes: Uint8Array, place: string, count: number): Uint8Array {
  return unpack(bytes, place, (body) => new ByteReader(body.view(body.varint())).view(8 * count))
}

function unpack<T>(bytes: Uint8Array, place: string, take: (body: ByteReader) => T): T {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (whole.length < 6 || whole[0] !== FORMAT) throw corrupt(place, 'has an unknown format')
  const body = whole.subarray(5)
  if (crc32(body) !== whole.readUInt32LE(1)) throw corrupt(place, 'does not match its checksum')
  try {
    return take(new ByteReader(body))
  } catch (cause) {
    throw corrupt(place, 'cannot be read', cause)
  }
}

function unpackBody(body: ByteReader): PackedRows {
  const raw = new ByteReader(body.view(body.varint()))
  const deflated = body.byte() === DEFLATED
  const rest = body.view(body.left)
  const from: Readers = { raw, packed: new ByteReader(deflated ? inflateRawSync(rest) : rest) }
  const rows = unpackRows(from)
  const updates = unpackRows(from)
  const before = unpackTable(from, updates.length)
  if (from.raw.left > 0 || from.packed.left > 0) throw new RangeError('bytes left over')
  return { rows, updates: updates.map((row, at) => ({ ...row, before: before[at] ?? [] })) }
}

/** As packRows writes the same rows. */
function packColumns({ pks, hashes }: JournalColumns, to: Writers): void {
  to.packed.varint(hashes.length)
  to.raw.uint64s(hashes)
  to.packed.varint(hashes.length === 0 ? 0 : pks.length)
  if (hashes.length > 0) for (const values of pks) packColumn(values, to)
  to.packed.byte(NONE)
}

function packRows(rows: readonly JournalRow[], to: Writers): void {
  to.packed.varint(rows.length)
  for (const row of rows) to.raw.uint64(row.hash)
  packTable(
    rows.map((row) => row.pk),
    to,
  )
  const present = rows.map((row) => row.values !== undefined)
  const flag = present.includes(true) ? (present.includes(false) ? SOME : ALL) : NONE
  to.packed.byte(flag)
  if (flag === SOME) for (const is of present) to.packed.byte(is ? 1 : 0)
  if (flag !== NONE) {
    packTable(
      rows.flatMap((row) => (row.values === undefined ? [] : [row.values])),
      to,
    )
  }
}

function unpackRows(from: Readers): JournalRow[] {
  const count = from.packed.varint()
  if (count * 8 > from.raw.left) throw new RangeError('past the end')
  const hashes = Array.from({ length: count }, () => from.raw.uint64())
  const pks = unpackTable(from, count)
  const flag = from.packed.byte()
  const present = hashes.map(() => flag === ALL || (flag === SOME && from.packed.byte() === 1))
  const values = flag === NONE ? [] : unpackTable(from, present.filter(Boolean).length)
  let taken = 0
  return hashes.map((hash, at) => {
    const row = { pk: pks[at] ?? [], hash }
    if (!present[at]) return row
    taken += 1
    return { ...row, values: values[taken - 1] ?? [] }
  })
}

/** Rows of one width, column by column. */
function packTable(rows: readonly Row[], to: Writers): void {
  const width = rows[0]?.length ?? 0
  to.packed.varint(width)
  if (rows.some((row) => row.length !== width)) {
    throw new FerryError('FERRY_INTERNAL', 'the rows of a journal entry differ in width', {
      hint: 'This is a bug of knex-ferry; please report it.',
    })
  }
  for (let column = 0; column < width; column += 1) {
    packColumn(
      rows.map((row) => row[column] ?? null),
      to,
    )
  }
}

function unpackTable(from: Readers, count: number): Row[] {
  const columns: SqlValue[][] = []
  const width = from.packed.varint()
  for (let column = 0; column < width; column += 1) columns.push(unpackColumn(count, from))
  return Array.from({ length: count }, (_, at) => columns.map((values) => values[at] ?? null))
}

function corrupt(place: string, what: string, cause?: unknown): FerryError {
  return new FerryError('FERRY_STATE_CORRUPT', `the journal of ${place} ${what}`, {
    hint: 'The ferry_journal row was damaged; restore the database from the backup of the run (`ferry backup list`).',
    cause,
  })
}
