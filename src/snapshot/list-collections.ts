import { types } from 'node:util'
import type { Item, Key } from '../core/record.ts'
import type { CollectionInfo } from '../core/source-adapter.ts'

/** A collection of a live store; `items` reads it as it is at each step of the iteration. */
export interface LiveCollection extends CollectionInfo {
  readonly count: number
  items(): Iterable<Item>
}

/**
 * The collections of a live store: own data properties that are a Map, a Set, a list, or a plain object without functions.
 * In the order of the properties. No getter is run. A module namespace is a store like any other.
 */
export function listCollections(store: object): LiveCollection[] {
  const found: LiveCollection[] = []
  for (const name of Object.getOwnPropertyNames(store)) {
    const property = Object.getOwnPropertyDescriptor(store, name)
    if (property === undefined || !('value' in property)) continue
    const collection = toCollection(name, property.value)
    if (collection !== undefined) found.push(collection)
  }
  return found
}

/** A value as a collection, or undefined where it is none. */
export function toCollection(name: string, value: unknown): LiveCollection | undefined {
  if (types.isMap(value)) return { name, kind: 'map', count: value.size, items: () => mapItems(value) }
  if (types.isSet(value)) return { name, kind: 'set', count: value.size, items: () => setItems(value) }
  if (Array.isArray(value)) return { name, kind: 'list', count: value.length, items: () => listItems(value) }
  if (!isObjectOfRecords(value)) return undefined
  return { name, kind: 'map', count: Object.keys(value).length, items: () => memberItems(value) }
}

function isObjectOfRecords(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return false
  return Object.keys(value).every((name) => {
    const property = Object.getOwnPropertyDescriptor(value, name)
    return property !== undefined && 'value' in property && typeof property.value !== 'function'
  })
}

function* mapItems(map: ReadonlyMap<unknown, unknown>): Generator<Item> {
  for (const [key, value] of map) yield isKey(key) ? { key, value } : keyless(key)
}

function* setItems(set: ReadonlySet<unknown>): Generator<Item> {
  let index = 0
  for (const value of set) {
    yield { key: isKey(value) ? value : index, value }
    index += 1
  }
}

function* listItems(list: readonly unknown[]): Generator<Item> {
  for (let index = 0; index < list.length; index += 1) yield { key: index, value: list[index] }
}

function* memberItems(record: object): Generator<Item> {
  for (const name of Object.keys(record)) {
    const property = Object.getOwnPropertyDescriptor(record, name)
    if (property !== undefined) yield { key: name, value: property.value }
  }
}

function isKey(key: unknown): key is Key {
  if (Array.isArray(key)) return key.every(isKey)
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint'
}

function keyless(key: unknown): Item {
  const kind = key === null ? 'null' : typeof key
  return { unreadable: { raw: kind, reason: `the Map key is of type ${kind}: a key is text, a number, a bigint or a list of those` } }
}
