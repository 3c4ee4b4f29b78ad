import type { RecordBytes } from '../../core/record-bytes.ts'
import { varintSize, writeVarint } from '../../core/varint.ts'

/** Pages made at once. */
const BLOCK_PAGES = 32
const LEAF = 0x0d
const INTERIOR = 0x05
const LEAF_HEAD = 8
const INTERIOR_HEAD = 12
/** The longest head of a page: that of the file's first one, with the places of its cells. */
export const LONGEST_HEAD = 100 + LEAF_HEAD + 2 * 2
/** Number of the child, its rowid, and the place of the cell. */
const MOST_INTERIOR_CELL = 4 + 9 + 2
/** Bytes of an integer by its type in a record (https://www.sqlite.org/fileformat2.html#record_format); NULL, a float, 0 and 1 among them. */
const NUMBER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]

/** A child page and the greatest rowid below it. */
interface Child {
  readonly page: number
  readonly rowid: number
}

/** The b-tree of a table with rowids while it is filled, from the least rowid to the greatest (https://www.sqlite.org/fileformat2.html#b_tree_pages). */
export class RowTree {
  count = 0
  /** Greatest rowid so far. */
  last = -1
  readonly #pages: PageList
  readonly #leaves: Child[] = []
  #leaf: TreePage

  constructor(pages: PageList) {
    this.#pages = pages
    this.#leaf = new TreePage(pages, LEAF)
  }

  /** Adds a row behind the last one. `keyed`: its first value is an integer that is the rowid, of which a record holds a NULL in its place. */
  add(rowid: number, record: RecordBytes, keyed: boolean): void {
    const { bytes: from, start, end } = record
    const key = keyed ? keyOf(from, start) : undefined
    const left = key === undefined ? 0 : (NUMBER_BYTES[from[key] ?? 0] ?? 0)
    const payload = end - start - left
    const local = localBytes(payload, this.#pages.bytes)
    const head = varintSize(payload) + varintSize(rowid)
    const size = Math.max(4, head + local + (local < payload ? 4 : 0))
    // Where a value is left out, the place before the cell is written over.
    if (!this.#leaf.fits(size + left)) {
      this.#endLeaf()
      this.#leaf = new TreePage(this.#pages, LEAF)
    }
    const { bytes } = this.#leaf
    const cell = this.#leaf.addCell(size)
    const at = cell + head
    if (local === payload) {
      bytes.set(record.finished, at - left)
      if (key !== undefined) writeTypes(bytes, at, { from, start, key })
    } else {
      const stored = key === undefined ? from.subarray(start, end) : withoutKey(from.subarray(start, end), key - start, left)
      bytes.set(stored.subarray(0, local), at)
      bytes.writeUInt32BE(writeOverflow(this.#pages, stored.subarray(local)), at + local)
    }
    writeVarint(bytes, writeVarint(bytes, cell, payload), rowid)
    this.count += 1
    this.last = rowid
  }

  /** The number of the root page; nothing can be added any more. */
  finish(): number {
    this.#endLeaf()
    return writeInterior(this.#pages, this.#leaves)
  }

  #endLeaf(): void {
    this.#leaf.finish()
    this.#leaves.push({ page: this.#leaf.number, rowid: this.last })
  }
}

/** Where the type of a record's first value stands. */
function keyOf(from: Buffer, start: number): number {
  return start + varintSize(sizeOfTypes(from, start))
}

/** Bytes of a record before its values: their types, and this size itself, which takes two bytes at most. */
function sizeOfTypes(from: Buffer, start: number): number {
  const first = from[start] ?? 0
  return first < 128 ? first : (first - 128) * 128 + (from[start + 1] ?? 0)
}

/** Writes the types of a record, where the first one is NULL's. */
function writeTypes(bytes: Buffer, at: number, { from, start, key }: { from: Buffer; start: number; key: number }): void {
  const size = sizeOfTypes(from, start)
  for (let place = 0; place < size; place += 1) bytes[at + place] = from[start + place] ?? 0
  bytes[at + key - start] = 0
}

/** A record whose first value is NULL. */
function withoutKey(record: Buffer, key: number, left: number): Buffer {
  const types = sizeOfTypes(record, 0)
  const stored = Buffer.concat([record.subarray(0, types), record.subarray(types + left)])
  stored[key] = 0
  return stored
}

/** Pages in the order of their numbers, which count from 1; many to one allocation. */
export class PageList {
  readonly #blocks: Buffer[] = []
  #inBlock = 0
  count = 0
  readonly bytes: number
  readonly #spare: Buffer[]

  constructor(bytes: number, spare: Buffer[]) {
    this.bytes = bytes
    this.#spare = spare
  }

  /** A page whose head is empty; SQLite reads nothing of the rest but what a head points to. */
  take(): Buffer {
    let block = this.#blocks.at(-1)
    if (block === undefined || this.#inBlock === BLOCK_PAGES) {
      block = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_PAGES * this.bytes)
      this.#blocks.push(block)
      this.#inBlock = 0
    }
    const start = this.#inBlock * this.bytes
    this.#inBlock += 1
    this.count += 1
    return block.subarray(start, start + this.bytes).fill(0, 0, LONGEST_HEAD)
  }

  /** None of the pages is used any more. */
  release(): void {
    this.#spare.push(...this.#blocks.splice(0))
  }

  toBuffers(): readonly Buffer[] {
    return this.#blocks.map((block, at) => (at === this.#blocks.length - 1 ? block.subarray(0, this.#inBlock * this.bytes) : block))
  }
}

/** One b-tree page while it is filled: cells from its end, their places from its beginning. */
class TreePage {
  readonly bytes: Buffer
  readonly number: number
  cells = 0
  #top: number
  readonly #type: number
  readonly #head: number

  constructor(pages: PageList, type: typeof LEAF | typeof INTERIOR) {
    this.bytes = pages.take()
    this.number = pages.count
    this.#top = pages.bytes
    this.#type = type
    this.#head = type === LEAF ? LEAF_HEAD : INTERIOR_HEAD
  }

  fits(size: number): boolean {
    return this.#head + 2 * (this.cells + 1) + size <= this.#top
  }

  /** Place of a new cell of `size` bytes. */
  addCell(size: number): number {
    const top = this.#top - size
    const place = this.#head + 2 * this.cells
    this.bytes[place] = top >> 8
    this.bytes[place + 1] = top
    this.#top = top
    this.cells += 1
    return top
  }

  finish(rightChild?: number): void {
    this.bytes[0] = this.#type
    this.bytes.writeUInt16BE(this.cells, 3)
    this.bytes.writeUInt16BE(this.#top, 5)
    if (rightChild !== undefined) this.bytes.writeUInt32BE(rightChild, 8)
  }
}

/** How much of a payload stands in its leaf (https://www.sqlite.org/fileformat2.html#cell_payload_overflow_pages). */
function localBytes(payload: number, pageBytes: number): number {
  const most = pageBytes - 35
  if (payload <= most) return payload
  const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23
  const local = least + ((payload - least) % (pageBytes - 4))
  return local <= most ? local : least
}

/** Writes the rest of a payload as a chain of pages; the number of the first. */
function writeOverflow(pages: PageList, rest: Buffer): number {
  const first = pages.count + 1
  const room = pages.bytes - 4
  for (let at = 0; at < rest.length; at += room) {
    const page = pages.take()
    rest.copy(page, 4, at, at + room)
    if (at + room < rest.length) page.writeUInt32BE(pages.count + 1, 0)
  }
  return first
}

/** Levels above the leaves until one page is left: the root. */
function writeInterior(pages: PageList, leaves: readonly Child[]): number {
  let level = leaves
  while (level.length > 1) {
    const above: Child[] = []
    let page = new TreePage(pages, INTERIOR)
    for (const [at, child] of level.entries()) {
      // The last child of a page is its right one, and has no cell; a page needs one cell besides.
      if (at === level.length - 1 || (!page.fits(2 * MOST_INTERIOR_CELL) && at < level.length - 2)) {
        page.finish(child.page)
        above.push({ page: page.number, rowid: child.rowid })
        if (at < level.length - 1) page = new TreePage(pages, INTERIOR)
        continue
      }
      const cell = page.addCell(4 + varintSize(child.rowid))
      page.bytes.writeUInt32BE(child.page, cell)
      writeVarint(page.bytes, cell + 4, child.rowid)
    }
    level = above
  }
  return level[0]?.page ?? 0
}
