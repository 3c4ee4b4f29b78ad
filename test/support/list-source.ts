import { createHash } from 'node:crypto'
import { FerryError } from '../../src/core/errors.ts'
import type { Item, Key, Page } from '../../src/core/record.ts'
import type { CollectionInfo, ReadOptions, SourceAdapter } from '../../src/core/source-adapter.ts'

const PAGE_ITEMS = 100

/** A source of lists in memory, by collection: pairs of key and value, or items as an adapter would give them. Each test may change them between reads. */
export class ListSource implements SourceAdapter {
  readonly name = 'list'
  readonly volatile = false
  readonly #collections: ReadonlyMap<string, readonly Item[]>

  constructor(collections: Readonly<Record<string, readonly (readonly [Key, unknown])[] | readonly Item[]>>) {
    this.#collections = new Map(Object.entries(collections).map(([name, items]) => [name, items.map(toItem)]))
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return [...this.#collections].map(([name, items]) => ({ name, kind: 'map', count: items.length }))
  }

  async fingerprint(): Promise<string> {
    const text = JSON.stringify([...this.#collections], (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    return createHash('sha256').update(text).digest('hex')
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    const items = this.#collections.get(collection)
    if (items === undefined) throw new FerryError('FERRY_SOURCE_NO_COLLECTION', `no collection ${collection}`, { hint: '' })
    for (let at = Number(options.after ?? 0); at < items.length; at += PAGE_ITEMS) {
      options.signal?.throwIfAborted()
      yield { items: items.slice(at, at + PAGE_ITEMS), cursor: at + PAGE_ITEMS }
    }
  }

  async close(): Promise<void> {}
}

function toItem(given: readonly [Key, unknown] | Item): Item {
  return Array.isArray(given) ? { key: given[0], value: given[1] } : (given as Item)
}
