import { charCodeAt } from './char-code-at.ts'

const LENGTH = 36
const HYPHEN = 45

/** Whether a text is a uuid of lower case: `8-4-4-4-12` digits. A loop, since millions of ids are asked. */
export function isUuid(text: string): boolean {
  if (text.length !== LENGTH) return false
  for (let at = 0; at < LENGTH; at += 1) {
    const code = charCodeAt(text, at)
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== HYPHEN) return false
    } else if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false
  }
  return true
}
