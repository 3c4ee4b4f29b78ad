import { types } from 'node:util'
import { FerryError } from '../core/errors.ts'
import { encodeBytes, isBytes } from './encode-bytes.ts'
import { ESCAPE, isEscaped, MAX_DEPTH, renderPath, type Step } from './tags.ts'

/**
 * JSON text of any value a snapshot can hold, with tags for what JSON loses (see tags.ts). Own data properties only:
 * no getter and no `toJSON` is ever run. The text holds no newline.
 * @throws FERRY_SNAPSHOT_UNSUPPORTED_VALUE with the path (functions, symbols, getters, promises, weak collections, deeper than 256)
 */
export function encodeValue(value: unknown): string {
  return encode(value, { seen: new Map(), depth: 0, place: undefined })
}

/** Way from the root of a value to an object, as a linked list so that a step costs one small object. */
interface Place {
  readonly above: Place | undefined
  readonly step: Step
}

interface Walk {
  readonly seen: Map<object, Place | undefined>
  depth: number
  /** Where `encode` stands. */
  place: Place | undefined
}

function encode(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return encodeNumber(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'undefined':
      return '{"$undefined":1}'
    case 'bigint':
      return `{"$bigint":"${value}"}`
    case 'object':
      return value === null ? 'null' : encodeOnce(value, walk)
    default:
      throw unsupported(`a ${typeof value}`, walk)
  }
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) return `{"$number":"${value}"}`
  return Object.is(value, -0) ? '{"$number":"-0"}' : String(value)
}

function encodeOnce(value: object, walk: Walk): string {
  if (walk.seen.has(value)) return `{"$ref":${JSON.stringify(pathOf(walk.seen.get(value)))}}`
  walk.seen.set(value, walk.place)
  if (walk.depth >= MAX_DEPTH) throw unsupported(`a value nested deeper than ${MAX_DEPTH}`, walk)
  walk.depth += 1
  const place = walk.place
  const text = encodeObject(value, walk)
  walk.place = place
  walk.depth -= 1
  return text
}

function encodeObject(value: object, walk: Walk): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return encodeMembers(value, walk)
  if (Array.isArray(value)) return encodeList(value, walk)
  if (prototype === null) return `{"$bare":${encodeMembers(value, walk)}}`
  if (types.isDate(value)) return encodeDate(value)
  if (types.isMap(value)) return encodeMap(value, walk)
  if (types.isSet(value)) return `{"$set":${encodeEach(value, walk)}}`
  if (isBytes(value)) return encodeBytes(value)
  if (types.isRegExp(value)) return `{"$regexp":[${JSON.stringify(value.source)},${JSON.stringify(value.flags)}]}`
  if (types.isNativeError(value)) return encodeError(value, walk)
  if (types.isBoxedPrimitive(value)) return encode(value.valueOf(), walk)
  if (value instanceof URL) return `{"$class":"URL","$value":{"href":${JSON.stringify(value.href)}}}`
  if (isOpaque(value)) throw unsupported('a promise, weak collection, generator or proxy', walk)
  return `{"$class":${JSON.stringify(className(prototype))},"$value":${encodeMembers(value, walk)}}`
}

/** What has a content that cannot be seen without running it. */
function isOpaque(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    value instanceof WeakRef ||
    types.isGeneratorObject(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value)
  )
}

function encodeMembers(value: object, walk: Walk): string {
  // Most records are flat: one native call writes them, where no toJSON can interfere.
  if (isFlat(value) && !('toJSON' in value)) return JSON.stringify(value)
  const above = walk.place
  let text = '{'
  for (const name of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name)
    const member: unknown = property?.value
    // A place is only needed where something can go wrong or be met again, which no string, number or boolean is.
    const isSimple = typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean' || member === null
    if (!isSimple) walk.place = { above, step: name }
    if (property === undefined || !('value' in property)) throw unsupported('a getter', walk)
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(isEscaped(name) ? ESCAPE + name : name)}:${encode(member, walk)}`
  }
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (Object.prototype.propertyIsEnumerable.call(value, symbol)) throw unsupported('a member named by a symbol', walk)
  }
  walk.place = above
  return `${text}}`
}

/** Tells whether a value has only own data members that JSON keeps as they are, under names that need no escape. */
function isFlat(value: object): boolean {
  for (const name of Object.keys(value)) {
    const member: unknown = Object.getOwnPropertyDescriptor(value, name)?.value
    const isKept =
      typeof member === 'string' ||
      typeof member === 'boolean' ||
      member === null ||
      (typeof member === 'number' && Number.isFinite(member) && !Object.is(member, -0))
    if (!isKept || isEscaped(name)) return false
  }
  return Object.getOwnPropertySymbols(value).length === 0
}

function dataProperty(value: object, name: string, walk: Walk): unknown {
  const property = Object.getOwnPropertyDescriptor(value, name)
  if (property === undefined || !('value' in property)) throw unsupported('a getter', walk)
  return property.value
}

function encodeList(list: readonly unknown[], walk: Walk): string {
  const above = walk.place
  let text = '['
  for (let index = 0; index < list.length; index += 1) {
    if (index > 0) text += ','
    walk.place = { above, step: index }
    const member = Object.hasOwn(list, index) ? encode(dataProperty(list, String(index), walk), walk) : '{"$hole":1}'
    text += member
  }
  walk.place = above
  return `${text}]`
}

function encodeEach(members: Iterable<unknown>, walk: Walk): string {
  const above = walk.place
  const texts: string[] = []
  for (const member of members) {
    walk.place = { above, step: texts.length }
    texts.push(encode(member, walk))
  }
  walk.place = above
  return `[${texts.join(',')}]`
}

function encodeMap(map: ReadonlyMap<unknown, unknown>, walk: Walk): string {
  const above = walk.place
  const entries: string[] = []
  for (const [key, value] of map) {
    const entry = { above, step: entries.length }
    walk.place = { above: entry, step: 0 }
    const keyText = encode(key, walk)
    walk.place = { above: entry, step: 1 }
    entries.push(`[${keyText},${encode(value, walk)}]`)
  }
  walk.place = above
  return `{"$map":[${entries.join(',')}]}`
}

function encodeDate(value: Date): string {
  const time = Date.prototype.getTime.call(value)
  return Number.isNaN(time) ? '{"$date":null}' : `{"$date":"${new Date(time).toISOString()}"}`
}

/** `name` and `message` are not enumerable, and `name` mostly stands on the prototype. The stack holds paths of the app's machine and stays there. */
function encodeError(error: Error, walk: Walk): string {
  const own = Object.getOwnPropertyDescriptor(error, 'message')
  const cause = Object.getOwnPropertyDescriptor(error, 'cause')
  const members: Record<string, unknown> = { name: className(Object.getPrototypeOf(error)), message: String(own?.value ?? '') }
  if (cause && 'value' in cause) members.cause = cause.value
  for (const name of Object.keys(error)) {
    Object.defineProperty(members, name, { value: dataProperty(error, name, walk), enumerable: true, configurable: true })
  }
  return `{"$error":${encodeMembers(members, walk)}}`
}

function className(prototype: unknown): string {
  if (typeof prototype !== 'object' || prototype === null) return ''
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof made === 'function' ? made.name : ''
}

function pathOf(place: Place | undefined): Step[] {
  const steps: Step[] = []
  for (let at = place; at !== undefined; at = at.above) steps.unshift(at.step)
  return steps
}

function unsupported(what: string, walk: Walk): FerryError {
  return new FerryError('FERRY_SNAPSHOT_UNSUPPORTED_VALUE', `a snapshot cannot hold ${what}, found at ${renderPath(pathOf(walk.place))}`, {
    hint: 'Take it out of the record, or export a plain copy of the record, before exportStore.',
  })
}
