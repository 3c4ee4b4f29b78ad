import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  type CollectionInfo,
  FerryError,
  hashFile,
  type Item,
  isSimpleKey,
  JsonProblem,
  type Key,
  type KeyField,
  type LineBlock,
  type Page,
  type PageOutline,
  parseIfExact,
  parseJsonExactly,
  type ReadOptions,
  type Reopening,
  readFailure,
  readLineBlocks,
  recordKey,
  ShapedLines,
  type SourceAdapter,
  stampFiles,
} from '../src/adapter.ts'
import { findKeying, type Keying } from './ndjson-keying.ts'
import { countPages, type Line, parseCursor, readPages } from './ndjson-pages.ts'

export interface NdjsonAdapterOptions {
  /** A `.ndjson[.gz]` or `.jsonl[.gz]` file, or a folder of them, each one collection named after its file. */
  readonly path: string
  /** Members that hold the key, by collection; several make a nested key. Default: found, see the class. */
  readonly keyFields?: Readonly<Record<string, KeyField>>
  /** A longer line is refused; default 256 MiB. */
  readonly maxLineBytes?: number
}

/** Options of an adapter that opens the source of another again, in another thread. */
interface ReopenedOptions extends NdjsonAdapterOptions {
  /** What the other found, by collection. */
  readonly keyings?: Readonly<Record<string, Keying>>
}

const RAW_CHARS = 65_536

/**
 * Reads one record a line, in pieces, so that memory stays flat. The key of a record is, in this order: the declared members; a member `_key`,
 * which is then taken out (`{"_key": k, "values": [...]}` is the list itself); `id`, `_id` or the first member, if it tells the first
 * 20,000 records apart; else the number of the line. A line that is a JSON text or number is a Set's member, its own key.
 * Lines that are not JSON or not UTF-8 are unreadable items; blank lines are passed over. A cursor is [byte offset, lines] without gzip.
 * @throws FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE, FERRY_SOURCE_EMPTY, FERRY_SOURCE_NO_COLLECTION
 */
export class NdjsonAdapter implements SourceAdapter {
  readonly name = 'ndjson'
  readonly volatile = false
  readonly #options: NdjsonAdapterOptions
  readonly #keyings = new Map<string, Promise<Keying>>()
  /** The keyings that are known by now. */
  readonly #found = new Map<string, Keying>()
  #files: Promise<ReadonlyMap<string, string>> | undefined

  constructor(options: NdjsonAdapterOptions)
  constructor({ keyings = {}, ...options }: ReopenedOptions) {
    this.#options = options
    for (const [name, keying] of Object.entries(keyings)) {
      this.#keyings.set(name, Promise.resolve(keying))
      this.#found.set(name, keying)
    }
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    const infos: CollectionInfo[] = []
    for (const [name, path] of await this.#listFiles()) infos.push({ name, kind: (await this.#keying(name, path)).kind })
    return infos
  }

  async fingerprint(): Promise<string> {
    const hash = createHash('sha256')
    for (const [name, path] of await this.#listFiles()) {
      hash.update(JSON.stringify([name, await hashContent(path)]))
    }
    return hash.digest('hex')
  }

  async stamp(): Promise<string | undefined> {
    return stampFiles((await this.#listFiles()).values())
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    const path = await this.#pathOf(collection)
    const { field } = await this.#keying(collection, path)
    const shapes = new ShapedLines({ nested: parseIfExact })
    const take = (line: Line): Item | undefined => (line.isText ? readLine(line, { field, shapes }) : unreadable(line, 'it is not UTF-8'))
    yield* readPages(this.#blocks(path, options), options, take)
  }

  async outline(collection: string, options: ReadOptions = {}): Promise<AsyncIterable<PageOutline> | undefined> {
    const path = await this.#pathOf(collection)
    if (path.endsWith('.gz')) return undefined
    return countPages(this.#blocks(path, options), options)
  }

  get reopening(): Reopening {
    const options: ReopenedOptions = { ...this.#options, keyings: Object.fromEntries(this.#found) }
    return { module: import.meta.url, name: 'NdjsonAdapter', options }
  }

  #blocks(path: string, options: ReadOptions): AsyncGenerator<LineBlock> {
    const { offset: start } = parseCursor(options.after)
    const { maxLineBytes } = this.#options
    return readLineBlocks(path, maxLineBytes === undefined ? { start } : { start, maxLineBytes })
  }

  async #pathOf(collection: string): Promise<string> {
    const files = await this.#listFiles()
    const path = files.get(collection)
    if (path !== undefined) return path
    throw new FerryError('FERRY_SOURCE_NO_COLLECTION', `${this.#options.path} has no collection ${JSON.stringify(collection)}`, {
      hint: `It has: ${[...files.keys()].join(', ')}.`,
    })
  }

  async close(): Promise<void> {
    this.#files = undefined
    this.#keyings.clear()
    this.#found.clear()
  }

  #listFiles(): Promise<ReadonlyMap<string, string>> {
    this.#files ??= listFiles(this.#options.path)
    return this.#files
  }

  #keying(collection: string, path: string): Promise<Keying> {
    const known = this.#keyings.get(collection) ?? this.#findKeying(collection, path)
    this.#keyings.set(collection, known)
    return known
  }

  async #findKeying(collection: string, path: string): Promise<Keying> {
    const keying = await findKeying(path, this.#options.keyFields?.[collection])
    this.#found.set(collection, keying)
    return keying
  }
}

/** sha256 of a file's lines as hex. @throws as `readLineBlocks` */
async function hashContent(path: string): Promise<string> {
  if (!path.endsWith('.gz')) {
    const { sha256 } = await hashFile(path).catch((error: unknown) => {
      throw readFailure(path, error)
    })
    return sha256
  }
  const hash = createHash('sha256')
  for await (const { bytes } of readLineBlocks(path)) hash.update(bytes)
  return hash.digest('hex')
}

async function listFiles(path: string): Promise<ReadonlyMap<string, string>> {
  const info = await stat(path).catch((error: unknown) => {
    throw readFailure(path, error)
  })
  if (!info.isDirectory()) return new Map([[collectionName(path), path]])
  const files = (await readdir(path)).filter((file) => /\.(ndjson|jsonl)(\.gz)?$/.test(file)).sort()
  const found = new Map(files.map((file) => [collectionName(file), join(path, file)]))
  if (found.size === files.length && found.size > 0) return found
  if (found.size === 0)
    throw new FerryError('FERRY_SOURCE_EMPTY', `the folder ${path} holds no .ndjson file`, { hint: 'Check the path of the source.' })
  throw new FerryError('FERRY_SOURCE_UNREADABLE', `the folder ${path} holds two files of one collection`, {
    hint: 'Keep either the .ndjson or the .ndjson.gz of each collection.',
  })
}

function collectionName(path: string): string {
  return basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.(ndjson|jsonl|json)$/, '')
}

function readLine(line: Line, { field, shapes }: { field: KeyField | undefined; shapes: ShapedLines }): Item | undefined {
  const { bytes, start, end } = line
  const shaped = shapes.read(bytes, start, end)
  if (shaped !== undefined) return toItem(shaped, field, line)
  const text = bytes.toString('utf8', start, end)
  try {
    const parsed = parseJsonExactly(text)
    shapes.learn(bytes, line, parsed)
    return toItem(parsed, field, line)
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    return text.trim() === '' ? undefined : unreadable(line, error.message)
  }
}

function toItem(value: unknown, field: KeyField | undefined, line: Line): Item {
  if (field !== undefined) {
    const key = recordKey(value, field)
    return key === undefined ? unreadable(line, `its key ${JSON.stringify(field)} is absent, or no text or number`) : { key, value }
  }
  if (typeof value !== 'object' || value === null) return { key: isSimpleKey(value) ? value : line.number, value }
  if (!Object.hasOwn(value, '_key')) return { key: line.number, value }
  const { _key: key, ...rest } = value as { _key: unknown }
  return isKey(key) ? { key, value: unwrapValues(rest) } : unreadable(line, 'its `_key` is no text, number or list of those')
}

/** `{"_key": k, "values": [...]}` stands for a list: a Set of a Map, for one. */
function unwrapValues(rest: object): unknown {
  const isList = 'values' in rest && Array.isArray(rest.values) && Object.keys(rest).length === 1
  return isList ? rest.values : rest
}

function isKey(key: unknown): key is Key {
  return isSimpleKey(key) || (Array.isArray(key) && key.every(isKey))
}

function unreadable({ bytes, start, end, number, isText }: Line, reason: string): Item {
  const raw = bytes.toString(isText ? 'utf8' : 'latin1', start, end)
  return { unreadable: { raw: raw.slice(0, RAW_CHARS), reason: `line ${number}: ${reason}` } }
}
