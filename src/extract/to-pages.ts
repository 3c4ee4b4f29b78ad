import { PAGE_BYTES, PAGE_ITEMS } from '../core/page-size.ts'
import type { Cursor, Item, Page } from '../core/record.ts'
import { isReadable } from '../core/record.ts'
import { estimateBytes } from './estimate-bytes.ts'

/**
 * Pages over items that are in memory; the cursor is the count of items before. Of many small items only some are measured.
 * Abort throws `signal.reason` before the next page.
 */
export function* toPages(items: Iterable<Item>, options: { readonly after?: Cursor; readonly signal?: AbortSignal } = {}): Generator<Page> {
  const skip = typeof options.after === 'number' ? options.after : 0
  let at = 0
  let page: Item[] = []
  let bytes = 0
  let itemBytes = 0
  for (const item of from(items, skip)) {
    if (page.length % 8 === 0) itemBytes = estimateBytes(isReadable(item) ? item.value : item.unreadable.raw)
    page.push(item)
    bytes += itemBytes
    if (page.length < PAGE_ITEMS && bytes < PAGE_BYTES) continue
    options.signal?.throwIfAborted()
    at += page.length
    yield { items: page, cursor: skip + at }
    page = []
    bytes = 0
  }
  options.signal?.throwIfAborted()
  if (page.length > 0) yield { items: page, cursor: skip + at + page.length }
}

function* from(items: Iterable<Item>, skip: number): Generator<Item> {
  if (Array.isArray(items)) {
    for (let index = skip; index < items.length; index += 1) yield items[index]
    return
  }
  let index = 0
  for (const item of items) {
    if (index >= skip) yield item
    index += 1
  }
}
