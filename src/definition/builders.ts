import type { Key } from '../core/record.ts'
import { createColumn, type RequiredColumn, type TypedColumn, type UntypedColumn } from './column.ts'
import { compilePath } from './read-path.ts'
import type { CounterInput, ItemContext } from './transfer.ts'

/** A key as a function of the definition gives it; a part that is null or undefined makes it no key (no link). */
export type KeyInput = Key | null | undefined | readonly (Key | null | undefined)[]

type Missing = 'reject' | 'null' | 'stop'

export interface ReferenceOptions {
  /** What happens when the source has no such parent; default `reject`. */
  readonly missing?: Missing
  /** Look among the target's rows too; default false. */
  readonly orTarget?: boolean
}

type Getter<Value, Result> = (value: Value, context: ItemContext) => Result

/** The item's own key, or with `at` one part of a nested key. Without a kind, the column's type says it. */
export function key(at?: number): TypedColumn<never, never, unknown> {
  return createColumn(at === undefined ? { from: 'key' } : { from: 'key', at })
}

/** A member of the record: `field('address.city')`, or `field(['a.b'])` where a name holds a dot. */
export function field<const P extends string>(path: P | readonly string[]): UntypedColumn<P, never, unknown> {
  return createColumn({ from: 'field', path: toPath(path) })
}

/** The element of the `each` list, or a member of it; without `each` the record. */
export function item<const P extends string = never>(path?: P | readonly string[]): UntypedColumn<never, P, unknown> {
  return createColumn({ from: 'item', path: path === undefined ? [] : toPath(path) })
}

/** Position of the element in its list, from `base` (default 0). */
export function index(base = 0): TypedColumn<never, never, unknown> {
  return createColumn({ from: 'index', base }, { kind: 'integer' })
}

/** The primary key of the row one `each` level up, or of the record's row in another mapping of the same collection. */
export function parent(options: { mapping?: string; column?: string } = {}): TypedColumn<never, never, unknown> {
  return createColumn({ from: 'parent', ...options })
}

/** Identities of new rows. */
export const id: Readonly<{
  /** Keeps the source's key. `next`: the app's own counter; the engine's next value is at least that. */
  keep(options?: { next?: CounterInput }): TypedColumn<never, never, unknown>
  /** uuid v5 of transfer, mapping and key: the same in every run. */
  uuid(): TypedColumn<never, never, unknown>
  /** Integers in source order, above what the table holds, or from `start` (the app's own counter). */
  integer(options?: { start?: number | bigint }): TypedColumn<never, never, unknown>
}> = Object.freeze({
  keep: (options: { next?: CounterInput } = {}) => createColumn<never, never, unknown>({ from: 'key', ...options }),
  uuid: () => createColumn<never, never, unknown>({ from: 'id', strategy: 'uuid' }, { kind: 'uuid' }),
  integer: (options: { start?: number | bigint } = {}) =>
    createColumn<never, never, unknown>({ from: 'id', strategy: 'integer', ...options }, { kind: 'bigint' }),
})

/**
 * The row that another mapping makes of the parent. `parentKey`: a path of the item that holds the parent's key in the source,
 * or a function of the item; null and undefined mean no link.
 */
export function reference<const P extends string>(
  mapping: string,
  parentKey: P,
  options?: ReferenceOptions & { readonly column?: string },
): RequiredColumn<never, P, unknown>
export function reference<Value>(
  mapping: string,
  parentKey: Getter<Value, KeyInput>,
  options?: ReferenceOptions & { readonly column?: string },
): RequiredColumn<never, never, Value>
export function reference(
  mapping: string,
  parentKey: string | Getter<never, KeyInput>,
  options: ReferenceOptions & { readonly column?: string } = {},
): RequiredColumn<never, never, unknown> {
  const { missing = 'reject', orTarget = false, column } = options
  return createColumn({
    from: 'reference',
    mapping,
    ...readKey(parentKey),
    missing,
    orTarget,
    ...(column === undefined ? {} : { column }),
  })
}

/**
 * Columns of one parent whose primary key is composite; `columns`: ours -> the parent's. Spread it into a mapping's columns:
 * `...references('floors', (s: Spot) => ['default', s.floor], { garage_id: 'garage_id', floor_number: 'number' })`.
 */
export function references<const P extends string, const C extends Readonly<Record<string, string>>>(
  mapping: string,
  parentKey: P,
  columns: C,
  options?: ReferenceOptions,
): { readonly [Name in keyof C]: RequiredColumn<never, P, unknown> }
export function references<Value, const C extends Readonly<Record<string, string>>>(
  mapping: string,
  parentKey: Getter<Value, KeyInput>,
  columns: C,
  options?: ReferenceOptions,
): { readonly [Name in keyof C]: RequiredColumn<never, never, Value> }
export function references(
  mapping: string,
  parentKey: string | Getter<never, KeyInput>,
  columns: Readonly<Record<string, string>>,
  options: ReferenceOptions = {},
): Readonly<Record<string, RequiredColumn<never, never, unknown>>> {
  const origin = { from: 'reference', mapping, ...readKey(parentKey), missing: 'reject', orTarget: false, ...options } as const
  const entries = Object.entries(columns).map(([ours, theirs]) => [ours, createColumn({ ...origin, column: theirs })])
  return Object.freeze(Object.fromEntries(entries))
}

/**
 * A row that stands in the target before the run, found by a natural key: `lookup('spot_types', { code: 'type' })`.
 * `match`: target column -> path of the item, or function. `column`: what is taken of the row; default its primary key.
 */
export function lookup<Value>(
  table: string,
  match: Readonly<Record<string, Getter<Value, unknown>>>,
  options?: { readonly missing?: Missing; readonly column?: string },
): RequiredColumn<never, never, Value>
export function lookup<const P extends string, Value>(
  table: string,
  match: Readonly<Record<string, P | Getter<Value, unknown>>>,
  options?: { readonly missing?: Missing; readonly column?: string },
): RequiredColumn<never, P, Value>
export function lookup(
  table: string,
  match: Readonly<Record<string, string | Getter<never, unknown>>>,
  options: { readonly missing?: Missing; readonly column?: string } = {},
): RequiredColumn<never, never, unknown> {
  const { missing = 'reject', column } = options
  const paths: Record<string, readonly string[]> = {}
  const getters: Record<string, (value: never, context: ItemContext) => unknown> = {}
  for (const [name, given] of Object.entries(match)) {
    if (typeof given === 'function') {
      getters[name] = given
      continue
    }
    const path = toPath(given)
    paths[name] = path
    getters[name] = compilePath(path)
  }
  const taken = column === undefined ? {} : { column }
  return createColumn({ from: 'lookup', table, match: Object.freeze(getters), paths: Object.freeze(paths), missing, ...taken })
}

/** The same value in every row. */
export function constant(value: string | number | bigint | boolean | null | Uint8Array): UntypedColumn<never, never, unknown> {
  return createColumn({ from: 'constant', value })
}

/** A pure function of the item; what it throws makes a reject. */
export function computed<Value = unknown>(compute: Getter<Value, unknown>): UntypedColumn<never, never, Value> {
  return createColumn({ from: 'computed', compute })
}

/** Builders that know the record and the item of one mapping, for `columns: (c) => ({ ... })`. */
export interface Builders<RecordPath extends string, ItemPath extends string, Value> {
  readonly key: typeof key
  readonly index: typeof index
  readonly parent: typeof parent
  readonly id: typeof id
  readonly constant: typeof constant
  field(path: RecordPath | readonly string[]): UntypedColumn<never, never, Value>
  item(path?: ItemPath | readonly string[]): UntypedColumn<never, never, Value>
  reference(
    mapping: string,
    parentKey: ItemPath | Getter<Value, KeyInput>,
    options?: ReferenceOptions & { readonly column?: string },
  ): RequiredColumn<never, never, Value>
  references<const C extends Readonly<Record<string, string>>>(
    mapping: string,
    parentKey: ItemPath | Getter<Value, KeyInput>,
    columns: C,
    options?: ReferenceOptions,
  ): { readonly [Name in keyof C]: RequiredColumn<never, never, Value> }
  lookup(
    table: string,
    match: Readonly<Record<string, ItemPath | Getter<Value, unknown>>>,
    options?: { readonly missing?: Missing; readonly column?: string },
  ): RequiredColumn<never, never, Value>
  computed(compute: Getter<Value, unknown>): UntypedColumn<never, never, Value>
}

/** The same functions under the narrower types. */
export const BUILDERS = Object.freeze({ key, field, item, index, parent, id, reference, references, lookup, constant, computed })

function toPath(path: string | readonly string[]): readonly string[] {
  return Object.freeze(typeof path === 'string' ? path.split('.') : [...path])
}

function readKey(parentKey: string | Getter<never, KeyInput>): {
  key: (value: never, context: ItemContext) => Key | null | undefined
  path?: readonly string[]
} {
  if (typeof parentKey === 'string') {
    const path = toPath(parentKey)
    const read = compilePath(path)
    return { key: (value: unknown) => toKey(read(value)), path }
  }
  return { key: (value: never, context) => toKey(parentKey(value, context)) }
}

/** A list with an absent part is no key: no link, as a composite foreign key with a NULL part. */
function toKey(value: unknown): Key | null | undefined {
  if (Array.isArray(value) && value.some((part) => part === null || part === undefined)) return null
  return value as Key | null | undefined
}
