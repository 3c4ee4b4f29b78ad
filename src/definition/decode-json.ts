/** The decoder of `decode: 'json'`; known by identity, so that the hash can tell it from a function of the user's. */
export function decodeJson(value: unknown): unknown {
  if (typeof value !== 'string') throw new TypeError('not a text')
  return JSON.parse(value)
}
