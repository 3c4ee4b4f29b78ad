import { basename } from 'node:path'
import {
  type CollectionInfo,
  FerryError,
  type Item,
  isSimpleKey,
  JsonProblem,
  type Page,
  parseJsonExactly,
  type ReadOptions,
  readTextFile,
  type SourceAdapter,
  toPages,
} from '../src/adapter.ts'

/**
 * Reads the datafile of NeDB, compacted or not: an append-only log in which the last line of an `_id` wins, `{"$$deleted":true}` removes,
 * `{"$$indexCreated":...}` is no document and `{"$$date": ms}` is a Date. One collection, named after the file, in the order of first appearance.
 * Lines that are not JSON are unreadable items. The file is held in memory.
 * @throws FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE, FERRY_SOURCE_NO_COLLECTION
 */
export class NedbAdapter implements SourceAdapter {
  readonly name = 'nedb'
  readonly volatile = false
  readonly #path: string
  readonly #collection: string
  #file: Promise<{ readonly items: readonly Item[]; readonly sha256: string }> | undefined

  constructor(options: { readonly path: string; readonly collection?: string }) {
    this.#path = options.path
    this.#collection = options.collection ?? basename(options.path).replace(/\.\w+$/, '')
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return [{ name: this.#collection, kind: 'map', count: (await this.#load()).items.length }]
  }

  async fingerprint(): Promise<string> {
    return (await this.#load()).sha256
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    if (collection !== this.#collection) {
      throw new FerryError('FERRY_SOURCE_NO_COLLECTION', `${this.#path} has no collection ${JSON.stringify(collection)}`, {
        hint: `It has: ${this.#collection}.`,
      })
    }
    yield* toPages((await this.#load()).items, options)
  }

  async close(): Promise<void> {
    this.#file = undefined
  }

  #load(): Promise<{ readonly items: readonly Item[]; readonly sha256: string }> {
    this.#file ??= readTextFile(this.#path).then(({ text, sha256 }) => ({ items: replay(text), sha256 }))
    return this.#file
  }
}

function replay(text: string): Item[] {
  const documents = new Map<unknown, Item>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = parseLine(line)
    const id = value === undefined ? undefined : member(value, '_id')
    if (value !== undefined && member(value, '$$indexCreated') !== undefined) continue
    if (value === undefined || !isSimpleKey(id)) {
      const reason = value === undefined ? 'it is not a JSON object' : 'its _id is absent, or no text or number'
      documents.set({ line: index }, { unreadable: { raw: line.slice(0, 65_536), reason: `line ${index + 1}: ${reason}` } })
    } else if (member(value, '$$deleted') === true) documents.delete(id)
    else documents.set(id, { key: id, value: readDates(value) })
  }
  return [...documents.values()]
}

function parseLine(line: string): object | undefined {
  try {
    const value = parseJsonExactly(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch (error) {
    if (error instanceof JsonProblem) return undefined
    throw error
  }
}

function member(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

function readDates(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const ms = member(value, '$$date')
  if (typeof ms === 'number' && Object.keys(value).length === 1) return new Date(ms)
  for (const [name, inner] of Object.entries(value)) {
    const real = readDates(inner)
    if (real !== inner) Object.defineProperty(value, name, { value: real, enumerable: true, configurable: true, writable: true })
  }
  return value
}
