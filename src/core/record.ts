/**
 * Identity of a record in its source. The number 1 and the text "1" are different keys;
 * a nested key is `[parent key, Map key | member | index]`.
 */
export type Key = string | number | bigint | readonly Key[]

/** Any value JSON can hold; what a cursor is made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** The position after a page of records: small, stable across processes, only its adapter reads it. */
export type Cursor = Json

/** A record as its adapter read it. */
export interface ReadableItem {
  readonly key: Key
  readonly value: unknown
}

/** A place of the source that could not be read as a record; it becomes a reject like any other. */
export interface UnreadableItem {
  readonly key?: Key
  /** `raw`: the text as found (cut at 64 KiB by the adapter); `reason`: one sentence, with the place (line, byte). */
  readonly unreadable: { readonly raw: string; readonly reason: string }
}

export type Item = ReadableItem | UnreadableItem

/** At most 1,000 items or about 1 MiB, in the source's stable order; `cursor` is the position after the last of them. */
export interface Page {
  readonly items: readonly Item[]
  readonly cursor: Cursor
  /** Size of the page in its source, where the adapter can outline pages too; else the values are measured. */
  readonly bytes?: number
}

/** A page without its records: how many there are, and the position after them. Equal to the page that `read` gives there. */
export interface PageOutline {
  readonly items: number
  readonly bytes: number
  readonly cursor: Cursor
}

/** Tells whether an item could be read. */
export function isReadable(item: Item): item is ReadableItem {
  return !('unreadable' in item)
}
