import type { RecordBytes } from '../core/record-bytes.ts'
import type { Row } from '../core/row.ts'
import type { Codec } from './target.ts'

/** Writes a row's columns in canonical form: the record that SQLite would make of the canonical texts, see `writerOf`. */
export type RecordWriter = (row: Row, to: RecordBytes) => void

export function createRecordWriter(codecs: readonly Codec[]): RecordWriter {
  const writers = codecs.map(writerOf)
  return (row, record) => {
    record.begin()
    for (let at = 0; at < writers.length; at += 1) {
      const value = row[at]
      if (value === null || value === undefined) record.null()
      else writers[at]?.(value, record)
    }
    record.finish()
  }
}

type WriteValue = (value: Exclude<Row[number], null>, to: RecordBytes) => void

/** A canonical text is written as a text; one that is tagged (`Codec.tagged`) as the text, the integer, or else the blob of all of it that the tag says. */
function writerOf(codec: Codec): WriteValue {
  const { canonical, tagged } = codec
  if (tagged === undefined) return codec.canonical === String ? writeAsText : (value, to) => to.text(canonical(value))
  const general: WriteValue = (value, to) => writeTagged(canonical(value), to)
  if (tagged.plain !== codec.canonical) return general
  const { plainNumbers } = tagged
  return (value, to) => {
    if (typeof value === 'string') to.text(value)
    else if (typeof value === 'bigint') writeBigint(value, to)
    else if (plainNumbers && typeof value === 'number' && Number.isSafeInteger(value) && (value !== 0 || !Object.is(value, -0)))
      to.integer(value)
    else general(value, to)
  }
}

/** What `String` makes of a value, without making it. */
const writeAsText: WriteValue = (value, to) => {
  // The digits of a number come several times faster than those of a bigint.
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof value === 'string') to.text(value)
  else if (typeof number === 'number' && Number.isSafeInteger(number)) to.digits(number)
  else to.text(String(value))
}

function writeTagged(text: string, to: RecordBytes): void {
  const tag = text[0]
  if (tag === 't') to.text(text.slice(1))
  else if (tag === 'n') writeBigint(BigInt(text.slice(1)), to)
  else to.blob(Buffer.from(text))
}

function writeBigint(value: bigint, to: RecordBytes): void {
  const number = Number(value)
  if (Number.isSafeInteger(number)) to.integer(number)
  else if (BigInt.asIntN(64, value) === value) to.bigint(value)
  else to.blob(Buffer.from(`n${value}`))
}
