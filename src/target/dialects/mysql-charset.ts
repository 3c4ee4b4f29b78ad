// Windows-1252 beyond Latin-1, which is what MySQL calls latin1.
const LATIN1 = /^[\0-\x7f\x81\x8d\x8f\x90\x9d\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]*$/
const BMP = /^[\0-\uffff]*$/u
const ASCII = /^[\0-\x7f]*$/

/** Tells whether every character of a text stands in the character set of a collation; of sets not known here only ASCII does. */
export function charsetTest(collation: string | undefined): ((text: string) => boolean) | undefined {
  const charset = (collation ?? 'utf8mb4').split('_')[0] ?? ''
  // MariaDB 11 has collations without a set in their name, for Unicode sets alone.
  if (/^(utf8mb4|utf16|utf16le|utf32|uca1400)$/.test(charset)) return undefined
  if (/^(utf8mb3|utf8|ucs2)$/.test(charset)) return (text) => BMP.test(text)
  return charset === 'latin1' ? (text) => LATIN1.test(text) : (text) => ASCII.test(text)
}
