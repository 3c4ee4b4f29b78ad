import { isUtf8 } from 'node:buffer'
import {
  type Cursor,
  FerryError,
  type Item,
  type LineBlock,
  PAGE_BYTES,
  PAGE_ITEMS,
  type PageOutline,
  type ReadOptions,
} from '../src/adapter.ts'
import { isMarked } from './ndjson-keying.ts'

/** One line of a block; its bytes are valid until the next block. */
export interface Line {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** From 1. */
  readonly number: number
  readonly isText: boolean
}

/** A page whose size is known. */
export interface SizedPage {
  readonly items: readonly Item[]
  readonly bytes: number
  readonly cursor: Cursor
}

/** Cuts lines into pages; what `read` makes of a line is an item, undefined is passed over. A cursor is [byte offset, lines]. */
export function readPages(
  blocks: AsyncIterable<LineBlock>,
  options: ReadOptions,
  read: (line: Line) => Item | undefined,
): AsyncGenerator<SizedPage> {
  return cutPages(blocks, options, new PageOfItems(options.after, read))
}

/** The same pages without their items, which are counted: every line that is not blank. */
export function countPages(blocks: AsyncIterable<LineBlock>, options: ReadOptions): AsyncGenerator<PageOutline> {
  return cutPages(blocks, options, new PageOfCounts(options.after))
}

/** Waits for blocks and hands out pages. The lines are left to loops that wait for nothing: V8 compiles those once, and an async one anew whenever anything changes. */
async function* cutPages<Made>(blocks: AsyncIterable<LineBlock>, { signal }: ReadOptions, page: PageAtWork<Made>): AsyncGenerator<Made> {
  for await (const block of blocks) {
    page.enter(block)
    while (page.fill()) {
      signal?.throwIfAborted()
      yield page.take()
    }
  }
  signal?.throwIfAborted()
  if (page.size > 0) yield page.take()
}

/** The page that is being filled with the lines of a block. */
abstract class PageAtWork<Made> {
  /** Items in it. */
  size = 0
  protected bytes: Buffer = Buffer.alloc(0)
  /** The byte of the block that comes next. */
  protected at = 0
  /** The block is UTF-8 as a whole. */
  protected isText = false
  /** Bytes of the source before the block, and before the page. */
  protected offset = 0
  protected start: number
  /** Lines behind the place reached. */
  protected lines: number

  constructor(after: Cursor | undefined) {
    const { offset, lines } = parseCursor(after)
    this.start = offset
    this.lines = lines
  }

  enter({ bytes, offset }: LineBlock): void {
    this.bytes = bytes
    this.offset = offset
    this.isText = isUtf8(bytes)
    this.at = offset === 0 && isMarked(bytes) ? 3 : 0
  }

  /** Takes lines until the page is full: true; or the block is at its end: false. */
  abstract fill(): boolean

  /** The page; the next one begins. */
  abstract take(): Made

  /** Goes on to the next line; where this one ends. */
  protected passLine(): number {
    const { length } = this.bytes
    const found = this.bytes.indexOf(10, this.at)
    this.lines += 1
    this.at = found === -1 ? length : found + 1
    return found === -1 ? length : found
  }

  protected isFull(): boolean {
    return this.size >= PAGE_ITEMS || (this.size > 0 && this.offset + this.at - this.start >= PAGE_BYTES)
  }

  protected end(): { readonly bytes: number; readonly cursor: Cursor } {
    const reached = this.offset + this.at
    const bytes = reached - this.start
    this.start = reached
    this.size = 0
    return { bytes, cursor: [reached, this.lines] }
  }
}

class PageOfItems extends PageAtWork<SizedPage> {
  #items: Item[] = []
  readonly #read: (line: Line) => Item | undefined

  constructor(after: Cursor | undefined, read: (line: Line) => Item | undefined) {
    super(after)
    this.#read = read
  }

  fill(): boolean {
    const { bytes } = this
    while (this.at < bytes.length) {
      const start = this.at
      const end = this.passLine()
      const isText = this.isText || isUtf8(bytes.subarray(start, end))
      const item = this.#read({ bytes, start, end, number: this.lines, isText })
      if (item !== undefined) {
        this.#items.push(item)
        this.size += 1
      }
      if (this.isFull()) return true
    }
    return false
  }

  take(): SizedPage {
    const items = this.#items
    this.#items = []
    return { items, ...this.end() }
  }
}

class PageOfCounts extends PageAtWork<PageOutline> {
  fill(): boolean {
    while (this.at < this.bytes.length) {
      const start = this.at
      if (!isBlank(this.bytes, start, this.passLine())) this.size += 1
      if (this.isFull()) return true
    }
    return false
  }

  take(): PageOutline {
    return { items: this.size, ...this.end() }
  }
}

const SPACE = 0x20
const FIRST_BEYOND_ASCII = 0x80

/** As reading passes over: nothing but blanks. A line that begins with a plain character is none, nor is one that is not UTF-8. */
function isBlank(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] ?? SPACE
  if (first > SPACE && first < FIRST_BEYOND_ASCII && start < end) return false
  return isUtf8(bytes.subarray(start, end)) && bytes.toString('utf8', start, end).trim() === ''
}

/** A cursor is [byte offset, lines behind it]. @throws FERRY_SOURCE_CHANGED for that of another source */
export function parseCursor(after: Cursor | undefined): { readonly offset: number; readonly lines: number } {
  if (after === undefined) return { offset: 0, lines: 0 }
  const [offset, lines] = Array.isArray(after) ? after : []
  if (typeof offset === 'number' && typeof lines === 'number') return { offset, lines }
  throw new FerryError('FERRY_SOURCE_CHANGED', 'the position is not one of an NDJSON source', {
    hint: 'Resume with the source the run began with.',
  })
}
