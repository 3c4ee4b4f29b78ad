import { charCodeAt } from '../core/char-code-at.ts'

const FNV_PRIME = 0x01000193
const LANE_A = 0x811c9dc5
const LANE_B = 0x2f0b4c47
/** Trailing digits that are kept as a number; 12 digits fit 40 bits. */
const MOST_DIGITS = 12
const FEWEST_DIGITS = 3

/**
 * 64-bit signed number to find a key text by in an index; two keys may share one, so the text is compared too.
 * Keys that count up (`user-000123`, 17) get numbers that count up: the high bits hash what stands around the last digits, the low 40
 * are those digits. Rows that arrive in key order then land beside each other in the index, which costs a third of random places.
 */
export function keyHash(text: string): bigint {
  let end = text.length
  while (end > 0 && !isDigit(charCodeAt(text, end - 1))) end -= 1
  let start = end
  while (start > 0 && end - start < MOST_DIGITS && isDigit(charCodeAt(text, start - 1))) start -= 1
  if (end - start < FEWEST_DIGITS) return BigInt.asIntN(64, (BigInt(lane(text, LANE_A)) << 32n) | BigInt(lane(text, LANE_B)))
  // One digit more must not move the run to another place of the index, so the prefix alone is hashed, not the length.
  const around = `${text.slice(0, start)}\0${text.slice(end)}`
  return BigInt.asIntN(64, (BigInt(lane(around, LANE_A) >>> 8) << 40n) | BigInt(text.slice(start, end)))
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** FNV-1a over the UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/), mixed once more since short texts leave its high bits poor. */
function lane(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ charCodeAt(text, i), FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
