import { ValueProblem } from '../core/row.ts'

const SUSPECT = /[\0\ud800-\udfff]/
// With the u flag a pair is one character, so only halves without their other half match.
const LONE_SURROGATE = /\p{Surrogate}/u

export interface TextLimits {
  readonly maxChars?: number
  readonly maxBytes?: number
  /** Default false: PostgreSQL refuses U+0000. */
  readonly nulAllowed?: boolean
}

/** Why a text cannot be stored as UTF-8 in a column of these limits; undefined when it can. */
export function findTextProblem(text: string, limits: TextLimits): ValueProblem | undefined {
  if (SUSPECT.test(text)) {
    if (!limits.nulAllowed && text.includes('\0')) return new ValueProblem('ENCODING', 'holds U+0000, which the engine refuses')
    if (LONE_SURROGATE.test(text)) return new ValueProblem('ENCODING', 'holds half of a surrogate pair, which UTF-8 cannot hold')
  }
  const { maxChars, maxBytes } = limits
  if (maxChars !== undefined && text.length > maxChars && countChars(text) > maxChars) {
    return new ValueProblem('LENGTH', `longer than ${maxChars} characters`)
  }
  // A UTF-16 unit takes at most three bytes, so most texts need no counting.
  if (maxBytes !== undefined && text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    return new ValueProblem('LENGTH', `longer than ${maxBytes} bytes`)
  }
  return undefined
}

/** Characters as databases count them: code points. */
export function countChars(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
