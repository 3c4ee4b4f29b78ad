import xxhash from 'xxhash-wasm'
import type { Row } from '../core/row.ts'
import type { Codec } from '../target/target.ts'
import { CanonicalBytes } from './canonical-bytes.ts'

/** 64-bit hash of one row's columns in canonical form (xxhash64 of the UTF-8 of `length:text` per column, `-` for NULL). */
export type RowHasher = (row: Row) => bigint

const DASH = 45

/** Loads the hash function once (WebAssembly); then builds hashers for column lists. */
export async function openRowHash(): Promise<(codecs: readonly Codec[]) => RowHasher> {
  const { h64Raw } = await xxhash()
  const bytes = new CanonicalBytes()
  return (codecs) => {
    const parts = codecs.map(compilePart)
    return (row) => {
      bytes.clear()
      for (let at = 0; at < parts.length; at += 1) {
        const value = row[at]
        if (value === null || value === undefined) bytes.byte(DASH)
        else parts[at]?.(value, bytes)
      }
      return h64Raw(bytes.view())
    }
  }
}

/** Writes one column so that no other value of it, and no neighbour, could be meant: the length keeps them apart. */
type WritePart = (value: Exclude<Row[number], null>, to: CanonicalBytes) => void

function compilePart(codec: Codec): WritePart {
  const canonical = codec.canonical.bind(codec)
  const { text, integer } = tagsOf(codec)
  const general: WritePart = (value, to) => to.part('', canonical(value))
  if (text === undefined) return general
  return (value, to) => {
    if (typeof value === 'string') to.part(text, value)
    else if (integer === undefined) general(value, to)
    else if (typeof value === 'number' && Number.isSafeInteger(value) && (value !== 0 || !Object.is(value, -0))) to.integer(integer, value)
    else if (typeof value === 'bigint') writeBigint(to, integer, value)
    else general(value, to)
  }
}

/** The digits of a number come several times faster than those of a bigint. */
function writeBigint(to: CanonicalBytes, tag: string, value: bigint): void {
  const number = Number(value)
  if (Number.isSafeInteger(number)) to.integer(tag, number)
  else to.part(tag, String(value))
}

/** What saves making the canonical text; `String` itself writes texts and integers as they are. */
function tagsOf({ canonical, canonicalTags }: Codec): { readonly text?: string; readonly integer?: string } {
  if (canonicalTags?.of === canonical) return canonicalTags
  return canonical === String ? { text: '', integer: '' } : {}
}
