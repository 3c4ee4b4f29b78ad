import { charCodeAt } from '../core/char-code-at.ts'
import { JsonProblem } from './parse-json-exactly.ts'

/**
 * Refuses a JSON text that names a member of one object twice: JSON.parse keeps the last and says nothing, so a record would vanish.
 * Given what the text was parsed to, members are only counted; the place is looked for where the counts differ.
 * @throws JsonProblem that tells the place
 */
export function assertNoRepeatedMember(text: string, parsed: unknown): void {
  if (countNames(text) === countMembers(parsed)) return
  throw new JsonProblem(`one object names a member twice, at character ${findRepeated(text)}: only one of the two would arrive`, false, {
    hint: 'Export the store with exportStore, or write its Maps as lists of [key, value]: there both are seen.',
  })
}

const QUOTE = 34
const COLON = 58
const BACKSLASH = 92

/** Colons outside strings: one a member, in text that is known to be JSON. */
function countNames(text: string): number {
  let found = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = charCodeAt(text, at)
    if (code === COLON) found += 1
    else if (code === QUOTE) at = endOfString(text, at)
  }
  return found
}

/** Index of the quote that ends the string begun at `start`. */
function endOfString(text: string, start: number): number {
  let end = start
  let slashes = 0
  do {
    end = text.indexOf('"', end + 1)
    slashes = 0
    while (charCodeAt(text, end - 1 - slashes) === BACKSLASH) slashes += 1
  } while (slashes % 2 === 1)
  return end
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value)
  let found = Array.isArray(value) ? 0 : members.length
  for (const member of members) found += countMembers(member)
  return found
}

/** Number, from 1, of the character where a name stands for the second time in its object. */
function findRepeated(text: string): number {
  const open: Set<string>[] = []
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/gs)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (token.endsWith(':')) {
      const name = String(JSON.parse(token.slice(0, -1)))
      if (open.at(-1)?.has(name)) return index + 1
      open.at(-1)?.add(name)
    }
  }
  return 1
}
