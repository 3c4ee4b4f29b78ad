import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type CollectionInfo,
  type DumpOptions,
  encodeValue,
  FerryError,
  isReadable,
  type LiveCollection,
  listCollections,
  type Page,
  type PageOutline,
  type ReadOptions,
  type Reopening,
  type SourceAdapter,
  toCollection,
  toPages,
} from '../src/adapter.ts'
import { openSource } from './open-source.ts'

/**
 * Where the store is: `store`, the live object in this process; `module` (a path or package name) and the name of its `export`, which may be the store,
 * a class with a static `getInstance()`, or a function that returns the store (default: the module's own exports are the collections);
 * `file`, a ferry snapshot, a JSON dump or a folder of NDJSON files.
 */
export type MemoryStoreOptions =
  | { readonly store: object }
  | { readonly module: string; readonly export?: string }
  | ({ readonly file: string } & DumpOptions)

/**
 * Reads a store of Maps, Sets, lists and plain objects by its own data properties, in insertion order; no getter and no record's `toJSON` is run.
 * A live store is volatile: a run copies it to a snapshot before it reads. A store imported into a fresh process is empty: write a snapshot with exportStore in the app.
 * @throws FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE, FERRY_SOURCE_NO_COLLECTION, and FERRY_SNAPSHOT_INVALID for a snapshot file
 */
export class MemoryStoreAdapter implements SourceAdapter {
  readonly name = 'memory-store'
  readonly volatile: boolean
  readonly #options: MemoryStoreOptions
  #source: Promise<SourceAdapter> | undefined

  constructor(options: MemoryStoreOptions) {
    this.#options = options
    this.volatile = !('file' in options)
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return (await this.#open()).describe()
  }

  async fingerprint(): Promise<string> {
    return (await this.#open()).fingerprint()
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    yield* (await this.#open()).read(collection, options)
  }

  async stamp(): Promise<string | undefined> {
    return (await this.#open()).stamp?.()
  }

  async outline(collection: string, options: ReadOptions = {}): Promise<AsyncIterable<PageOutline> | undefined> {
    return (await this.#open()).outline?.(collection, options)
  }

  get reopening(): Reopening {
    return { module: import.meta.url, name: 'MemoryStoreAdapter', options: this.#options }
  }

  async close(): Promise<void> {
    const source = this.#source
    this.#source = undefined
    await source?.then((opened) => opened.close()).catch(() => {})
  }

  #open(): Promise<SourceAdapter> {
    this.#source ??= openStore(this.#options)
    return this.#source
  }
}

async function openStore(options: MemoryStoreOptions): Promise<SourceAdapter> {
  if ('file' in options) return openSource(options.file, options)
  return new LiveStore('store' in options ? options.store : await importStore(options.module, options.export))
}

/** A live store; what it holds is looked up anew at each call. */
class LiveStore implements SourceAdapter {
  readonly name = 'memory-store'
  readonly volatile = true
  readonly #store: object

  constructor(store: object) {
    this.#store = store
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return this.#list().map(({ name, kind, count }) => ({ name, kind, count }))
  }

  async fingerprint(): Promise<string> {
    const hash = createHash('sha256')
    for (const { name, items } of this.#list()) {
      hash.update(`${JSON.stringify(name)}\n`)
      for (const item of items()) hash.update(`${isReadable(item) ? encodeValue([item.key, item.value]) : JSON.stringify(item)}\n`)
    }
    return hash.digest('hex')
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    const found = this.#list().find(({ name }) => name === collection)
    if (found === undefined) {
      const names = this.#list().map(({ name }) => name)
      throw new FerryError('FERRY_SOURCE_NO_COLLECTION', `the store has no collection ${JSON.stringify(collection)}`, {
        hint: `Its own Maps, Sets, lists and plain objects are: ${names.join(', ') || 'none'}.`,
      })
    }
    yield* toPages(found.items(), options)
  }

  async close(): Promise<void> {}

  #list(): LiveCollection[] {
    const whole = toCollection('records', this.#store)
    // A Map, Set or list given as the store is the only collection; a plain object is a store of collections.
    return whole !== undefined && (whole.kind !== 'map' || this.#store instanceof Map) ? [whole] : listCollections(this.#store)
  }
}

async function importStore(module: string, exportName: string | undefined): Promise<object> {
  const isPath = module.startsWith('.') || module.startsWith('/') || /^[a-zA-Z]:[\\/]/.test(module)
  const url = isPath ? pathToFileURL(resolve(module)).href : module
  const namespace: unknown = await import(url).catch((cause: unknown) => {
    throw new FerryError('FERRY_SOURCE_NOT_FOUND', `the module ${module} cannot be imported`, {
      hint: 'Give a path relative to the working directory, or the name of a package; its own error stands in the cause.',
      cause,
    })
  })
  if (!isObject(namespace)) throw noStore(module, exportName)
  if (exportName === undefined) return namespace
  const store = await instanceOf(Object.hasOwn(namespace, exportName) ? Reflect.get(namespace, exportName) : undefined)
  if (!isObject(store)) throw noStore(module, exportName)
  return store
}

/** The store behind an export: itself, what its static getInstance() gives, or what it returns when called. */
async function instanceOf(exported: unknown): Promise<unknown> {
  if (typeof exported !== 'function') return exported
  const getInstance: unknown = Reflect.get(exported, 'getInstance')
  if (typeof getInstance === 'function') return await Reflect.apply(getInstance, exported, [])
  return /^class\b/.test(Function.prototype.toString.call(exported)) ? undefined : await Reflect.apply(exported, undefined, [])
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function noStore(module: string, exportName: string | undefined): FerryError {
  return new FerryError('FERRY_SOURCE_NOT_FOUND', `the module ${module} has no store as ${exportName ?? 'its exports'}`, {
    hint: 'Name an export that is the store, a class with a static getInstance(), or a function that returns the store.',
  })
}
