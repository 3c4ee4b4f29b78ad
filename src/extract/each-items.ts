import type { Key } from '../core/record.ts'

/** One element of a record's `each` list, or the place where no list was found. */
export interface EachItem {
  readonly key: Key
  readonly value: unknown
  readonly parentKey: Key
  readonly index: number
  readonly unreadable?: { readonly raw: string; readonly reason: string }
}

/**
 * Elements of the lists a path leads to, in order: `['orders', 'lines']` gives every line of every order, with the key
 * `[[record key, order], line]`. `'.'` as a step means the value itself. Absent and null lists have no elements; a value
 * that is no list, Map, Set or plain object gives one unreadable item.
 */
export function eachItems(parent: { readonly key: Key; readonly value: unknown }, path: readonly string[]): Iterable<EachItem> {
  const [step, ...rest] = path
  if (step === undefined) return []
  const found = elements(parent, step)
  return rest.length === 0 ? found : deeper(found, rest)
}

function* deeper(items: Iterable<EachItem>, path: readonly string[]): Generator<EachItem> {
  for (const item of items) {
    if (item.unreadable) yield item
    else yield* eachItems(item, path)
  }
}

function* elements(parent: { readonly key: Key; readonly value: unknown }, step: string): Generator<EachItem> {
  const list = step === '.' ? parent.value : ownMember(parent.value, step)
  if (list === undefined || list === null) return
  const parentKey = parent.key
  let index = 0
  if (Array.isArray(list)) {
    for (; index < list.length; index += 1) yield { key: [parentKey, index], value: list[index], parentKey, index }
  } else if (list instanceof Map) {
    for (const [name, value] of list) {
      yield { key: [parentKey, isKey(name) ? name : index], value, parentKey, index }
      index += 1
    }
  } else if (list instanceof Set) {
    for (const value of list) {
      yield { key: [parentKey, isKey(value) ? value : index], value, parentKey, index }
      index += 1
    }
  } else if (isPlainObject(list)) {
    for (const [name, value] of Object.entries(list)) {
      yield { key: [parentKey, name], value, parentKey, index }
      index += 1
    }
  } else {
    yield { key: parentKey, value: undefined, parentKey, index, unreadable: noList(list, step) }
  }
}

function noList(found: unknown, step: string): { raw: string; reason: string } {
  const kind = typeof found === 'object' ? className(found) : typeof found
  const raw = typeof found === 'object' || typeof found === 'function' ? kind : String(found).slice(0, 65_536)
  return { raw, reason: `the list "${step}" is a ${kind}, not a list, Map, Set or plain object` }
}

function className(value: object | null): string {
  const prototype: unknown = value === null ? null : Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) return 'object'
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof made === 'function' ? made.name : 'object'
}

/** Only own members: `toString` of a record is not a list, and a member Map is not asked by name. */
function ownMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Map) return value.get(name)
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function isKey(value: unknown): value is Key {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}
