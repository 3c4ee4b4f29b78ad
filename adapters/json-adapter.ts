import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  assertNoRepeatedMember,
  type CollectionInfo,
  type DumpCollection,
  type DumpOptions,
  FerryError,
  JsonProblem,
  type Page,
  parseJsonExactly,
  type ReadOptions,
  readDump,
  readDumpCollection,
  readFailure,
  readTextFile,
  type SourceAdapter,
  toPages,
} from '../src/adapter.ts'

export interface JsonAdapterOptions extends DumpOptions {
  /** A `.json[.gz]` file, or a folder of them, each one collection. */
  readonly path: string
  /** Name of the collection where a file is one by itself; default: the file's name. */
  readonly collection?: string
}

/**
 * Reads JSON dumps: an object of collections (Maps as `[[key, value], ...]` or `{ key: value }`, Sets and lists as lists, a single record),
 * or one collection a file; a folder as backups leave it (`memorystore-spots.json`), JSON in JSON included.
 * The whole dump is held in memory: write large ones as NDJSON or a snapshot. Integers that a number would round are bigints.
 * Of an object's members, those named like integers come first in ascending order, as in any JSON reader of JavaScript.
 * @throws FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE (not JSON, cut, two members of one name in an object), FERRY_SOURCE_EMPTY (an empty file), FERRY_SOURCE_NO_COLLECTION
 */
export class JsonAdapter implements SourceAdapter {
  readonly name = 'json'
  readonly volatile = false
  readonly #options: JsonAdapterOptions
  #dump: Promise<Dump> | undefined

  constructor(options: JsonAdapterOptions) {
    this.#options = options
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return (await this.#load()).collections.map(({ name, kind, count }) => ({ name, kind, count }))
  }

  async fingerprint(): Promise<string> {
    return (await this.#load()).sha256
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    const { collections } = await this.#load()
    const found = collections.find(({ name }) => name === collection)
    if (found === undefined) {
      const names = collections.map(({ name }) => name).join(', ')
      throw new FerryError('FERRY_SOURCE_NO_COLLECTION', `${this.#options.path} has no collection ${JSON.stringify(collection)}`, {
        hint: `It has: ${names}.`,
      })
    }
    yield* toPages(found.items, options)
  }

  async close(): Promise<void> {
    this.#dump = undefined
  }

  #load(): Promise<Dump> {
    this.#dump ??= load(this.#options)
    return this.#dump
  }
}

interface Dump {
  readonly collections: readonly DumpCollection[]
  readonly sha256: string
}

async function load(options: JsonAdapterOptions): Promise<Dump> {
  const { path } = options
  const info = await stat(path).catch((error: unknown) => {
    throw readFailure(path, error)
  })
  if (info.isDirectory()) return loadFolder(options)
  const { parsed, sha256 } = await readJson(path)
  return { collections: readDump(parsed, options.collection ?? collectionName(path), options), sha256 }
}

async function loadFolder(options: JsonAdapterOptions): Promise<Dump> {
  const files = (await readdir(options.path)).filter((name) => /\.json(\.gz)?$/.test(name)).sort()
  const hash = createHash('sha256')
  const collections: DumpCollection[] = []
  for (const file of files) {
    const { parsed, sha256 } = await readJson(join(options.path, file))
    const name = collectionName(file)
    collections.push(readDumpCollection(parsed, name, options))
    hash.update(JSON.stringify([name, sha256]))
  }
  if (collections.length > 0) return { collections, sha256: hash.digest('hex') }
  throw new FerryError('FERRY_SOURCE_EMPTY', `the folder ${options.path} holds no .json file`, { hint: 'Check the path of the source.' })
}

/** `memorystore-spots.json.gz` is the collection `spots`. */
function collectionName(path: string): string {
  return basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.json$/, '')
    .replace(/^memorystore-(?=.)/, '')
}

async function readJson(path: string): Promise<{ parsed: unknown; sha256: string }> {
  const { text, sha256 } = await readTextFile(path)
  if (text.trim() === '') {
    throw new FerryError('FERRY_SOURCE_EMPTY', `${path} is empty`, {
      hint: 'Export the store again: an empty file is no dump of an empty store.',
    })
  }
  try {
    const parsed = parseJsonExactly(text)
    assertNoRepeatedMember(text, parsed)
    return { parsed, sha256 }
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    throw new FerryError('FERRY_SOURCE_UNREADABLE', `${path} cannot be read: ${error.message}`, {
      hint:
        error.hint ?? (error.cut ? 'Copy or export the file again.' : 'Give a JSON dump, a folder of .ndjson files or a ferry snapshot.'),
    })
  }
}
