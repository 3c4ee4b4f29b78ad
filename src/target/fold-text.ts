/**
 * How a collation sees text: two texts it holds equal fold to one. Bytewise collations give the text itself.
 * `NOCASE` and `RTRIM`: https://sqlite.org/datatype3.html#collating_sequences; the `_ci` ones of MySQL ignore case, accents and (but for `0900`) spaces at the end;
 * `citext`, the type of PostgreSQL, compares in lower case.
 */
export function foldFor(collation: string | undefined): (text: string) => string {
  const name = (collation ?? '').toLowerCase()
  if (name === 'nocase') return foldAscii
  if (name === 'citext') return (text) => text.toLowerCase()
  if (name === 'rtrim') return (text) => text.replace(/ +$/, '')
  const pads = /^utf8|^latin|^ascii/.test(name) && !name.includes('0900')
  if (name.endsWith('_bin')) return pads ? (text) => text.replace(/ +$/, '') : same
  if (!name.includes('_ci')) return same
  const keepAccents = name.includes('_as_')
  return (text) => {
    const folded = keepAccents ? text.normalize('NFC') : text.normalize('NFD').replace(/\p{Mn}/gu, '')
    return (pads ? folded.replace(/ +$/, '') : folded).toLowerCase()
  }
}

function same(text: string): string {
  return text
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
