import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { FerryError } from '../core/errors.ts'
import { outlinePages } from '../core/outline-pages.ts'
import { PAGE_BYTES, PAGE_ITEMS } from '../core/page-size.ts'
import type { Item, Key, Page, PageOutline } from '../core/record.ts'
import type { CollectionInfo, ReadOptions, Reopening, SourceAdapter } from '../core/source-adapter.ts'
import { decodeParsed } from './decode-value.ts'
import { readFailure, readLineBlocks } from './read-line-blocks.ts'
import { joinCounts, type SnapshotSummary, scanSnapshot } from './scan-snapshot.ts'
import { ShapedItems } from './shaped-items.ts'
import { invalidSnapshot, parseFooter, parseHeader, parseLine, type SnapshotFooter, type SnapshotHeader } from './snapshot-format.ts'
import { stampFiles } from './stamp-files.ts'

type SizedPage = Page & { readonly bytes: number }

/** A line of a collection; `start`: after its name. The bytes are valid until the next block. */
interface Line {
  readonly bytes: Buffer
  readonly lineStart: number
  readonly start: number
  readonly end: number
}

/** Stands for an item where only their number is asked. */
const COUNTED: Item = Object.freeze({ key: 0, value: undefined })
const COUNT = (): Item => COUNTED

/** Makes items of lines. */
function openLines(): (line: Line) => Item {
  const shapes = new ShapedItems()
  return (line) => {
    const { bytes, start, end } = line
    const shaped = shapes.read(bytes, start, end)
    if (shaped !== undefined) return shaped
    const item = parseItem(bytes.toString('utf8', line.lineStart, end))
    shapes.learn(bytes, line, item)
    return item
  }
}

/** Bytes at the end of a plain file in which the last line is looked for first. */
const TAIL_BYTES = 1 << 16

/**
 * Reads a ferry snapshot, plain (seeks) or gzipped (reads from the beginning). A cursor is the offset of the next line, counted without gzip.
 * Collections are read as their lines stand; a full read is counted against the last line; `fingerprint` proves checksum and counts of the whole file.
 * @throws FERRY_SNAPSHOT_INVALID, FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE, FERRY_SOURCE_NO_COLLECTION
 */
export class SnapshotSource implements SourceAdapter {
  readonly name = 'snapshot'
  readonly volatile = false
  /** Against the checksum of the last line. */
  readonly checksItself = true
  readonly path: string
  #collections: Promise<SnapshotSummary['collections']> | undefined
  #scan: Promise<SnapshotSummary> | undefined

  constructor(path: string) {
    this.path = path
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return (await this.#open()).map(({ name, kind, count }) => ({ name, kind, count }))
  }

  async fingerprint(): Promise<string> {
    const scan = this.#scanOnce()
    // The next one is to say what the file holds then.
    this.#scan = undefined
    return (await scan).sha256
  }

  stamp(): Promise<string | undefined> {
    return stampFiles([this.path])
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    for await (const { items, bytes, cursor } of this.#pages(collection, options, openLines())) yield { items, bytes, cursor }
  }

  async outline(collection: string, options: ReadOptions = {}): Promise<AsyncIterable<PageOutline> | undefined> {
    if (this.path.endsWith('.gz')) return undefined
    return outlinePages(this.#pages(collection, options, COUNT))
  }

  get reopening(): Reopening {
    return { module: import.meta.url, name: 'SnapshotSource', options: this.path }
  }

  async close(): Promise<void> {
    this.#collections = undefined
    this.#scan = undefined
  }

  /** Pages of one collection; `take` makes an item of a line, or only stands for one. A full read is counted. */
  async *#pages(collection: string, options: ReadOptions, take: (line: Line) => Item): AsyncGenerator<SizedPage> {
    const found = (await this.#open()).find(({ name }) => name === collection)
    if (found === undefined) {
      throw new FerryError('FERRY_SOURCE_NO_COLLECTION', `the snapshot ${this.path} has no collection ${JSON.stringify(collection)}`, {
        hint: 'ferry snapshot inspect lists its collections.',
      })
    }
    const { after } = options
    if (after !== undefined && typeof after !== 'number') throw invalidSnapshot('a cursor of another source was given', { path: this.path })
    let count = 0
    for await (const page of this.#cut(collection, after ?? found.offset, take)) {
      options.signal?.throwIfAborted()
      count += page.items.length
      yield page
    }
    if (after === undefined && count !== found.count) {
      throw invalidSnapshot(`${JSON.stringify(collection)} should hold ${found.count} records and holds ${count}`, { path: this.path })
    }
  }

  async *#cut(collection: string, start: number, take: (line: Line) => Item): AsyncGenerator<SizedPage> {
    const prefix = Buffer.from(`[${JSON.stringify(collection)},`)
    let items: Item[] = []
    let pageStart = start
    for await (const { bytes, offset } of readLineBlocks(this.path, { start })) {
      if (!isUtf8(bytes)) throw invalidSnapshot('it holds bytes that are not UTF-8', { path: this.path })
      for (let at = 0; at < bytes.length; ) {
        const found = bytes.indexOf(10, at)
        const end = found === -1 ? bytes.length : found
        const isOurs = bytes.compare(prefix, 0, prefix.length, at, Math.min(at + prefix.length, end)) === 0
        if (!isOurs) {
          if (items.length > 0) yield { items, bytes: offset + at - pageStart, cursor: offset + at }
          return
        }
        items.push(take({ bytes, lineStart: at, start: at + prefix.length, end }))
        at = end + 1
        if (items.length < PAGE_ITEMS && offset + at - pageStart < PAGE_BYTES) continue
        yield { items, bytes: offset + at - pageStart, cursor: offset + at }
        items = []
        pageStart = offset + at
      }
    }
    throw invalidSnapshot('it is cut: the last line is missing', { path: this.path })
  }

  /** The collections with their places; a gzipped file tells them only when read to its end. */
  #open(): Promise<SnapshotSummary['collections']> {
    this.#collections ??= this.path.endsWith('.gz')
      ? this.#scanOnce().then(({ collections }) => collections)
      : readEnds(this.path).then(({ header, footer }) => joinCounts(header, footer, this.path))
    return this.#collections
  }

  #scanOnce(): Promise<SnapshotSummary> {
    this.#scan ??= scanSnapshot(this.path)
    return this.#scan
  }
}

/** A line as an item. @throws FERRY_SNAPSHOT_INVALID */
export function parseItem(text: string): Item {
  const { parts, plain, refs } = parseLine(text)
  const key = plain ? parts[1] : decodeParsed(parts[1], { refs })
  if (parts.length === 3 && isUnreadable(parts[2])) {
    const { raw, reason } = parts[2].$unreadable
    return isKey(key) ? { key, unreadable: { raw, reason } } : { unreadable: { raw, reason } }
  }
  if (!isKey(key)) throw invalidSnapshot('a line has no key')
  if (parts.length === 2) return { key, value: key }
  return { key, value: plain ? parts[2] : decodeParsed(parts[2], { refs }) }
}

function isKey(key: unknown): key is Key {
  if (Array.isArray(key)) return key.every(isKey)
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint'
}

function isUnreadable(value: unknown): value is { $unreadable: { raw: string; reason: string } } {
  if (typeof value !== 'object' || value === null || !('$unreadable' in value)) return false
  const place = value.$unreadable
  return (
    typeof place === 'object' &&
    place !== null &&
    'raw' in place &&
    'reason' in place &&
    typeof place.raw === 'string' &&
    typeof place.reason === 'string'
  )
}

/** First and last line of a plain file. */
async function readEnds(path: string): Promise<{ header: SnapshotHeader; footer: SnapshotFooter }> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw readFailure(path, error)
  })
  try {
    const header = parseHeader(await readHeaderText(path))
    const { size } = await file.stat()
    for (let length = Math.min(size, TAIL_BYTES); ; length = Math.min(size, length * 8)) {
      const tail = Buffer.alloc(length)
      await file.read(tail, 0, length, size - length)
      const start = tail.lastIndexOf(10, -2) + 1
      if (start === 0 && length < size) continue
      const footer = tail.at(-1) === 10 ? parseFooter(tail.toString('utf8', start)) : undefined
      if (footer === undefined) throw invalidSnapshot('it is cut: the last line is missing', { path })
      return { header, footer }
    }
  } finally {
    await file.close()
  }
}

async function readHeaderText(path: string): Promise<string> {
  for await (const { bytes } of readLineBlocks(path))
    return bytes.toString('utf8', 0, bytes.indexOf(10) === -1 ? bytes.length : bytes.indexOf(10))
  throw invalidSnapshot('it is empty', { path })
}
