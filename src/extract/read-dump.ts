import type { Item } from '../core/record.ts'
import type { CollectionInfo } from '../core/source-adapter.ts'
import { parseJsonExactly } from './parse-json-exactly.ts'
import { isSimpleKey, type KeyField, recordKey } from './record-key.ts'

/** A collection of a dump, wholly in memory. */
export interface DumpCollection extends CollectionInfo {
  readonly count: number
  readonly items: readonly Item[]
}

/** How a collection stands in JSON: `[[key, value], ...]`, `{ key: value }`, `[value, ...]`, or one record alone. */
export type DumpShape = 'entries' | 'keyed' | 'list' | 'record'

export interface DumpOptions {
  /** Members that hold the key of list records, by collection; without it the key is the index. */
  readonly keyFields?: Readonly<Record<string, KeyField>>
  /** Shapes that looking cannot tell: a list of pairs that are no entries, a Map of numbers. */
  readonly shapes?: Readonly<Record<string, DumpShape>>
  /** Whether values that are all JSON texts of objects are parsed once more; default true. */
  readonly decodeTexts?: boolean
}

/**
 * The collections of a parsed dump, told by their shapes. `name` names a dump that is one collection by itself.
 * An object is a set of collections where one of its members is a list, or all are objects of records; else it is one keyed collection.
 */
export function readDump(parsed: unknown, name: string, options: DumpOptions = {}): DumpCollection[] {
  const isMany = isObject(parsed) && (declaresMember(parsed, options) || (options.shapes?.[name] === undefined && holdsCollections(parsed)))
  if (!isMany) return [readDumpCollection(parsed, name, options)]
  return Object.entries(parsed).map(([member, value]) => readDumpCollection(value, member, options))
}

/** Tells whether an option speaks of a member as a collection. */
function declaresMember(parsed: object, options: DumpOptions): boolean {
  return Object.keys({ ...options.shapes, ...options.keyFields }).some((name) => Object.hasOwn(parsed, name))
}

/** One collection of a dump. */
export function readDumpCollection(value: unknown, name: string, options: DumpOptions = {}): DumpCollection {
  const shape = options.shapes?.[name] ?? tellShape(value)
  const items = decodeTexts(readShape(value, { shape, name, keyField: options.keyFields?.[name] }), options)
  const isSet = shape === 'list' && options.keyFields?.[name] === undefined && items.length > 0 && items.every(isOwnKey)
  const kind = isSet ? 'set' : shape === 'list' || shape === 'record' ? 'list' : 'map'
  return { name, kind, count: items.length, items }
}

function holdsCollections(parsed: object): boolean {
  const members = Object.values(parsed)
  if (members.some(Array.isArray)) return true
  return members.length > 0 && members.every((member) => isObject(member) && tellShape(member) === 'keyed')
}

function tellShape(value: unknown): DumpShape {
  if (Array.isArray(value)) return value.length > 0 && value.every(isEntry) ? 'entries' : 'list'
  if (!isObject(value)) return 'record'
  const members = Object.values(value)
  return members.every((member) => typeof member === 'object' && member !== null) || members.every(isObjectText) ? 'keyed' : 'record'
}

function readShape(value: unknown, place: { shape: DumpShape; name: string; keyField: KeyField | undefined }): Item[] {
  if (place.shape === 'entries' && Array.isArray(value)) return value.map((entry) => toEntry(entry))
  if (place.shape === 'keyed' && isObject(value)) return Object.entries(value).map(([key, member]) => ({ key, value: member }))
  if (place.shape === 'list' && Array.isArray(value)) return toListItems(value, place.keyField)
  const key = recordKey(value, place.keyField ?? 'id') ?? place.name
  return [{ key, value }]
}

/** A list of nothing but texts and numbers is a Set's: each member is its own key. */
function toListItems(list: readonly unknown[], keyField: KeyField | undefined): Item[] {
  if (keyField === undefined && list.every(isSimpleKey)) return list.map((value) => ({ key: value, value }))
  return list.map((value, index) => {
    if (keyField === undefined) return { key: index, value }
    const key = recordKey(value, keyField)
    if (key !== undefined) return { key, value }
    const reason = `element ${index} has no key: ${JSON.stringify(keyField)} is absent, or no text or number`
    return { unreadable: { raw: JSON.stringify(value, widened)?.slice(0, 65_536) ?? '', reason } }
  })
}

function widened(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function toEntry(entry: unknown): Item {
  if (isEntry(entry)) return { key: entry[0], value: entry[1] }
  return { unreadable: { raw: JSON.stringify(entry, widened)?.slice(0, 65_536) ?? '', reason: 'not an entry [key, value]' } }
}

/** Models whose toJSON returns text stand in a dump as JSON in JSON. One value that is none leaves all as they are. */
function decodeTexts(items: Item[], options: DumpOptions): Item[] {
  if (options.decodeTexts === false) return items
  const decoded: Item[] = []
  for (const item of items) {
    const value = 'value' in item ? parseObjectText(item.value) : undefined
    if (!('value' in item) || value === undefined) return items
    decoded.push({ key: item.key, value })
  }
  return decoded
}

function parseObjectText(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return undefined
  try {
    return parseJsonExactly(value)
  } catch {
    return undefined
  }
}

function isObjectText(value: unknown): boolean {
  return parseObjectText(value) !== undefined
}

function isEntry(value: unknown): value is [string | number, unknown] {
  return Array.isArray(value) && value.length === 2 && isSimpleKey(value[0])
}

function isOwnKey(item: Item): boolean {
  return 'value' in item && item.key === item.value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
