import xxhash from 'xxhash-wasm'
import { RecordBytes } from '../core/record-bytes.ts'
import type { Row } from '../core/row.ts'
import type { Codec } from '../target/target.ts'
import { createRecordWriter } from '../target/write-record.ts'

/**
 * 64-bit hash of one row's columns in canonical form: xxhash64 of its record (`RecordWriter`).
 * `made`: that record, where somebody has it already.
 */
export type RowHasher = (row: Row, made?: RecordBytes) => bigint

/** Loads the hash function once (WebAssembly); then builds hashers for column lists. */
export async function openRowHash(): Promise<(codecs: readonly Codec[]) => RowHasher> {
  const { h64Raw } = await xxhash()
  const hash = (record: RecordBytes) => h64Raw(record.finished)
  // Of all hashers, since it stays as large as the largest row that any of them saw.
  let shared = new RecordBytes(0)
  return (codecs) => {
    const write = createRecordWriter(codecs)
    if (codecs.length > shared.width) shared = new RecordBytes(codecs.length)
    return (row, made) => {
      if (made !== undefined) return hash(made)
      write(row, shared)
      return hash(shared)
    }
  }
}
