import type { Key } from './record.ts'

/**
 * Type-tagged text of a key: one text per key, no two keys share one. `s"1"` is the text "1", `n1` the number,
 * `i1` the bigint; a nested key is `[s"default",n1]`.
 */
export function renderKey(key: Key): string {
  if (typeof key === 'string') return `s${JSON.stringify(key)}`
  if (typeof key === 'number') return `n${Object.is(key, -0) ? '-0' : String(key)}`
  if (typeof key === 'bigint') return `i${key}`
  return `[${key.map(renderKey).join(',')}]`
}

/** The key a text of `renderKey` stands for. @throws SyntaxError for any other text */
export function parseKey(text: string): Key {
  const reader = { text, at: 0 }
  const key = readKey(reader)
  if (reader.at !== text.length) throw new SyntaxError(`not a key at ${reader.at}`)
  return key
}

function readKey(reader: { text: string; at: number }): Key {
  const tag = reader.text[reader.at]
  reader.at += 1
  if (tag === 's') return readString(reader)
  if (tag === 'n' || tag === 'i') return readNumber(reader, tag)
  if (tag === '[') return readList(reader)
  throw new SyntaxError(`not a key at ${reader.at - 1}`)
}

function readString(reader: { text: string; at: number }): string {
  let end = reader.at + 1
  while (end < reader.text.length && reader.text[end] !== '"') end += reader.text[end] === '\\' ? 2 : 1
  const value: unknown = JSON.parse(reader.text.slice(reader.at, end + 1))
  reader.at = end + 1
  if (typeof value !== 'string') throw new SyntaxError('not a key')
  return value
}

function readNumber(reader: { text: string; at: number }, tag: 'n' | 'i'): number | bigint {
  let end = reader.at
  while (end < reader.text.length && reader.text[end] !== ',' && reader.text[end] !== ']') end += 1
  const text = reader.text.slice(reader.at, end)
  reader.at = end
  return tag === 'i' ? BigInt(text) : Number(text)
}

function readList(reader: { text: string; at: number }): Key[] {
  const keys: Key[] = []
  if (reader.text[reader.at] === ']') {
    reader.at += 1
    return keys
  }
  for (;;) {
    keys.push(readKey(reader))
    const next = reader.text[reader.at]
    reader.at += 1
    if (next === ']') return keys
    if (next !== ',') throw new SyntaxError(`not a key at ${reader.at - 1}`)
  }
}

/** JSON text with the names of every object in code-point order: equal values give equal text. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}
