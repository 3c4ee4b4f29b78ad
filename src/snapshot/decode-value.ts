import { FerryError } from '../core/errors.ts'
import { decodeBytes } from './encode-bytes.ts'
import { ESCAPE, isEscaped, MAX_DEPTH, renderPath, type Step } from './tags.ts'

/**
 * The value a text of encodeValue stands for. Runs no code: builds no class, compiles no RegExp, sets no prototype.
 * @throws FERRY_SNAPSHOT_INVALID for text that is not JSON, an unknown tag, a member `__proto__`, nesting deeper than 256
 */
export function decodeValue(text: string): unknown {
  const parsed = parseJson(text)
  return isPlainText(text) ? parsed : decodeParsed(parsed, { refs: text.includes('"$ref"') })
}

/**
 * The value a parsed text stands for; `parsed` is taken over and must not be used after.
 * `refs: false` says that the text holds no `$ref`, which saves remembering every object. @throws FERRY_SNAPSHOT_INVALID
 */
export function decodeParsed(parsed: unknown, options: { readonly refs: boolean }): unknown {
  return decode(parsed, { seen: options.refs ? new Map() : undefined, path: [] })
}

/**
 * Tells whether JSON text needs no decoding: no tag, no escape that could hide one, and too few openings to be deep.
 * A false alarm only costs time.
 */
export function isPlainText(text: string): boolean {
  if (text.includes('"$') || text.includes('__proto__') || text.includes('"toJSON"') || text.includes('\\u00')) return false
  if (text.length < 2 * MAX_DEPTH) return true
  let opened = 0
  for (let at = text.indexOf('['); at !== -1 && opened < MAX_DEPTH; at = text.indexOf('[', at + 1)) opened += 1
  for (let at = text.indexOf('{'); at !== -1 && opened < MAX_DEPTH; at = text.indexOf('{', at + 1)) opened += 1
  return opened < MAX_DEPTH
}

/** JSON.parse with an error of ours. @throws FERRY_SNAPSHOT_INVALID */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, which may be a secret.
    throw invalid('text that is not JSON', [])
  }
}

interface Walk {
  /** Objects built so far by their path, for `$ref`; undefined where none can be asked for. */
  readonly seen: Map<string, object> | undefined
  readonly path: Step[]
}

function decode(parsed: unknown, walk: Walk): unknown {
  if (typeof parsed !== 'object' || parsed === null) return parsed
  if (walk.path.length > 2 * MAX_DEPTH) throw invalid(`a value nested deeper than ${MAX_DEPTH}`, [])
  if (Array.isArray(parsed)) return decodeList(parsed, walk)
  const first = Object.keys(parsed)[0]
  if (first?.startsWith('$') && !first.startsWith(ESCAPE)) return decodeTagged(first, parsed, walk)
  return decodeMembers(parsed, walk)
}

function remember<T extends object>(made: T, walk: Walk): T {
  walk.seen?.set(JSON.stringify(walk.path), made)
  return made
}

function decodeList(list: unknown[], walk: Walk): unknown[] {
  remember(list, walk)
  for (let index = 0; index < list.length; index += 1) {
    const member = list[index]
    if (isHole(member)) delete list[index]
    else list[index] = decodeAt(index, member, walk)
  }
  return list
}

function isHole(member: unknown): boolean {
  return typeof member === 'object' && member !== null && Object.hasOwn(member, '$hole') && Object.keys(member).length === 1
}

/** Members are decoded in place, which keeps the parsed object's fast shape; only escaped names need a new one. */
function decodeMembers(parsed: object, walk: Walk): object {
  const names = Object.keys(parsed)
  if (names.some((name) => name.startsWith(ESCAPE))) return copyMembers(parsed, {}, walk)
  remember(parsed, walk)
  for (const name of names) {
    if (isEscaped(name)) throw unescaped(walk)
    const member: unknown = Reflect.get(parsed, name)
    if (typeof member === 'object' && member !== null) Reflect.set(parsed, name, decodeAt(name, member, walk))
  }
  return parsed
}

function copyMembers(parsed: object, made: object, walk: Walk): object {
  remember(made, walk)
  for (const [name, member] of Object.entries(parsed)) {
    const real = name.startsWith(ESCAPE) ? name.slice(ESCAPE.length) : name
    if (name.startsWith(ESCAPE) !== isEscaped(real)) throw unescaped(walk)
    const value = decodeAt(real, member, walk)
    // Assigning `__proto__` would change the prototype; defining makes it the plain member it was.
    if (real === '__proto__') Object.defineProperty(made, real, { value, enumerable: true, configurable: true, writable: true })
    else Reflect.set(made, real, value)
  }
  return made
}

function unescaped(walk: Walk): FerryError {
  return invalid('a member name that is not escaped as it must be', walk.path)
}

function decodeAt(step: Step, parsed: unknown, walk: Walk): unknown {
  if (typeof parsed !== 'object' || parsed === null) return parsed
  walk.path.push(step)
  const value = decode(parsed, walk)
  walk.path.pop()
  return value
}

function decodeTagged(tag: string, parsed: object, walk: Walk): unknown {
  const content: unknown = Reflect.get(parsed, tag)
  const members = Object.keys(parsed)
  if (tag === '$class') {
    const isWhole = members.length === 2 && members[1] === '$value' && typeof content === 'string'
    const fields: unknown = Reflect.get(parsed, '$value')
    if (!isWhole || !isObject(fields)) throw malformed(tag, walk)
    return decodeMembers(fields, walk)
  }
  if (members.length !== 1) throw malformed(tag, walk)
  const scalar = decodeScalar(tag, content)
  if (scalar !== undefined) return scalar.value
  return decodeContainer(tag, content, walk)
}

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

/** undefined: not a scalar tag, or one with a content that does not fit. */
function decodeScalar(tag: string, content: unknown): { value: unknown } | undefined {
  if (tag === '$undefined') return { value: undefined }
  if (tag === '$number') return NUMBERS.has(content) ? { value: NUMBERS.get(content) } : undefined
  if (tag === '$bigint' && typeof content === 'string') return /^-?\d+$/.test(content) ? { value: BigInt(content) } : undefined
  if (tag === '$regexp' && isTexts(content)) return { value: { source: content[0], flags: content[1] } }
  return undefined
}

function decodeContainer(tag: string, content: unknown, walk: Walk): unknown {
  if (tag === '$date') return remember(decodeDate(content, walk), walk)
  if (tag === '$bytes' && typeof content === 'string') return remember(Buffer.from(content, 'base64'), walk)
  if (tag === '$typed' && isTexts(content)) {
    const bytes = decodeBytes(content[0], content[1])
    if (bytes !== undefined) return remember(bytes, walk)
  }
  if (tag === '$ref' && Array.isArray(content)) {
    const target = walk.seen?.get(JSON.stringify(content))
    if (target !== undefined) return target
  }
  if ((tag === '$bare' || tag === '$error') && isObject(content)) {
    return copyMembers(content, tag === '$bare' ? Object.create(null) : {}, walk)
  }
  if (tag === '$map' && Array.isArray(content)) return decodeMap(content, walk)
  if (tag === '$set' && Array.isArray(content)) return decodeSet(content, walk)
  throw malformed(tag, walk)
}

function decodeDate(content: unknown, walk: Walk): Date {
  if (content === null) return new Date(Number.NaN)
  const date = typeof content === 'string' && content.endsWith('Z') ? new Date(content) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) throw malformed('$date', walk)
  return date
}

function decodeMap(entries: readonly unknown[], walk: Walk): Map<unknown, unknown> {
  const map = remember(new Map<unknown, unknown>(), walk)
  for (const [index, entry] of entries.entries()) {
    if (!Array.isArray(entry) || entry.length !== 2) throw malformed('$map', walk)
    walk.path.push(index)
    const key = decodeAt(0, entry[0], walk)
    map.set(key, decodeAt(1, entry[1], walk))
    walk.path.pop()
  }
  if (map.size !== entries.length) throw malformed('$map', walk)
  return map
}

function decodeSet(members: readonly unknown[], walk: Walk): Set<unknown> {
  const set = remember(new Set(), walk)
  for (const [index, member] of members.entries()) set.add(decodeAt(index, member, walk))
  if (set.size !== members.length) throw malformed('$set', walk)
  return set
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}

function malformed(tag: string, walk: Walk): FerryError {
  const known = /^\$[a-z]{1,12}$/.test(tag) ? ` ${tag}` : ''
  return invalid(`a tag${known} that is unknown or malformed`, walk.path)
}

function invalid(what: string, path: readonly Step[]): FerryError {
  return new FerryError('FERRY_SNAPSHOT_INVALID', `the snapshot holds ${what}, at ${renderPath(path)}`, {
    hint: 'Make the snapshot again with exportStore; ferry snapshot check says where it breaks.',
  })
}
