import type { Codec } from './target.ts'

/**
 * How a collation sees text: two texts it holds equal fold to one. undefined: as they are, byte by byte.
 * `NOCASE` and `RTRIM`: https://sqlite.org/datatype3.html#collating_sequences; the `_ci` ones of MySQL ignore case, accents and (but for `0900`) spaces at the end;
 * `citext`, the type of PostgreSQL, compares in lower case.
 */
export function foldFor(collation: string | undefined): ((text: string) => string) | undefined {
  const name = (collation ?? '').toLowerCase()
  if (name === 'nocase') return foldAscii
  if (name === 'citext') return (text) => text.toLowerCase()
  if (name === 'rtrim') return (text) => text.replace(/ +$/, '')
  const pads = /^utf8|^latin|^ascii/.test(name) && !name.includes('0900')
  if (name.endsWith('_bin')) return pads ? (text) => text.replace(/ +$/, '') : undefined
  if (!name.includes('_ci')) return undefined
  const keepAccents = name.includes('_as_')
  return (text) => {
    const folded = keepAccents ? text.normalize('NFC') : text.normalize('NFD').replace(/\p{Mn}/gu, '')
    return (pads ? folded.replace(/ +$/, '') : folded).toLowerCase()
  }
}

/** The codec with one canonical text for texts that the collation holds equal. */
export function foldCodec(codec: Codec, collation: string | undefined): Codec {
  const fold = foldFor(collation)
  if (fold === undefined) return codec
  return { ...codec, canonical: (stored) => fold(codec.canonical(stored)) }
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
