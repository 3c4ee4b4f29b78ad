const MASK = '***'

/** user:password@ of any URL, up to the last @ of the word, because passwords hold @ too. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s'"`<>]*@/gi
/** `password=x`, `"apiKey": "x"`, `PGPASSWORD='x'`, `--password x`. */
const NAMED_SECRET =
  /(["']?\b[\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)["']?\s*(?:=>?|:)\s*|--(?:password|passphrase|token|secret)\s+)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&)}\]"']+)/gi
const BEARER = /\b(bearer|basic)\s+[a-z0-9+/=._-]{8,}/gi
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g

/**
 * Masks connection credentials and password-like values in a text that is about to be logged, printed or reported.
 * Works on words alone, so it is the second fence: messages should not be made of secrets in the first place.
 */
export function redactSecrets(text: string): string {
  return text
    .replace(PRIVATE_KEY, MASK)
    .replace(URL_CREDENTIALS, `$1${MASK}@`)
    .replace(NAMED_SECRET, (whole: string, name: string, value: string) => {
      if (/token/i.test(name) && /^\d{1,15}$/.test(value)) return whole // a lease token is a counter, no secret
      const quote = value.startsWith('"') || value.startsWith("'") ? value.slice(0, 1) : ''
      return `${name}${quote}${MASK}${quote}`
    })
    .replace(BEARER, `$1 ${MASK}`)
}
