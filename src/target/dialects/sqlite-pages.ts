import { type RecordBytes, varintSize, writeVarint } from '../../core/record-bytes.ts'
import type { Row } from '../../core/row.ts'
import { SqliteRecord } from './sqlite-record.ts'

/** Fewer and larger pages than a database has by default: this one is read once, from its beginning to its end. */
const PAGE_BYTES = 32_768
/** Pages made at once. */
const BLOCK_PAGES = 32
const LEAF = 0x0d
const INTERIOR = 0x05
const LEAF_HEAD = 8
const INTERIOR_HEAD = 12
const FILE_HEAD = 100
/** That of the first page, with the place of its only cell. */
const LONGEST_HEAD = FILE_HEAD + LEAF_HEAD + 2
/** Number of the child, its rowid, and the place of the cell. */
const MOST_INTERIOR_CELL = 4 + 9 + 2
/** Any version of SQLite from 3.7 on reads it. */
const LIBRARY_VERSION = 3_007_000

/** A child page and the greatest rowid below it. */
interface Child {
  readonly page: number
  readonly rowid: number
}

export interface SqliteFileOptions {
  /** Columns whose whole numbers are integers: see `SqliteRecord`. */
  readonly whole?: readonly boolean[]
  /** A power of two from 512 to 32,768. */
  readonly pageBytes?: number
  /** Blocks of files before, with pages of the same size, which this one may take. */
  readonly spare?: Buffer[]
}

/**
 * A SQLite database file with one table of rows, as bytes (https://www.sqlite.org/fileformat2.html): `rows (c0, c1, ...)`, columns without affinity,
 * rowids from 1 in the order given. Takes a third of the time that binding the values to an INSERT does.
 */
export class SqliteFile {
  count = 0
  readonly #pages: PageList
  readonly #schema: Buffer
  readonly #row: SqliteRecord
  readonly #width: number
  readonly #leaves: Child[] = []
  #leaf: TreePage

  constructor(width: number, { whole, pageBytes = PAGE_BYTES, spare = [] }: SqliteFileOptions = {}) {
    this.#width = width
    this.#pages = new PageList(pageBytes, spare)
    this.#schema = this.#pages.take()
    this.#row = new SqliteRecord(width, whole)
    this.#leaf = new TreePage(this.#pages, LEAF)
  }

  add(row: Row): void {
    this.#row.write(row)
    const { record } = this.#row
    const payload = record.end - record.start
    const local = localBytes(payload, this.#pages.bytes)
    const head = varintSize(payload) + varintSize(this.count + 1)
    const size = Math.max(4, head + local + (local < payload ? 4 : 0))
    if (!this.#leaf.fits(size)) {
      this.#endLeaf()
      this.#leaf = new TreePage(this.#pages, LEAF)
    }
    this.count += 1
    const { bytes } = this.#leaf
    let at = writeVarint(bytes, this.#leaf.addCell(size), payload)
    at = writeVarint(bytes, at, this.count)
    if (local === payload) bytes.set(record.finished, at)
    else {
      bytes.set(record.finished.subarray(0, local), at)
      bytes.writeUInt32BE(writeOverflow(this.#pages, record.bytes.subarray(record.start + local, record.end)), at + local)
    }
  }

  /** The record of the row added last, where it is its canonical one too. */
  canonicalRecord(): RecordBytes | undefined {
    return this.#row.isCanonical ? this.#row.record : undefined
  }

  /** Shows the whole file; nothing can be added any more, and its memory goes to the spare blocks. */
  finish(show: (file: readonly Buffer[]) => void): void {
    this.#endLeaf()
    const root = writeInterior(this.#pages, this.#leaves)
    writeSchema(this.#schema, { root, width: this.#width, count: this.#pages.count })
    show(this.#pages.toBuffers())
    this.#pages.release()
  }

  #endLeaf(): void {
    this.#leaf.finish()
    this.#leaves.push({ page: this.#leaf.number, rowid: this.count })
  }
}

/** Pages in the order of their numbers, which count from 1; many to one allocation. */
class PageList {
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
  return level[0]?.page ?? 2
}

/** The first page: the file's head, and the table of tables with its one row. */
function writeSchema(page: Buffer, { root, width, count }: { root: number; width: number; count: number }): void {
  page.write('SQLite format 3\0', 0, 'latin1')
  page.writeUInt16BE(page.length, 16)
  // Rollback journal; payload fractions that the format fixes.
  page.set([1, 1, 0, 64, 32, 32], 18)
  page.writeUInt32BE(1, 24)
  page.writeUInt32BE(count, 28)
  page.writeUInt32BE(1, 40)
  page.writeUInt32BE(4, 44)
  page.writeUInt32BE(1, 56)
  page.writeUInt32BE(1, 92)
  page.writeUInt32BE(LIBRARY_VERSION, 96)
  const columns = Array.from({ length: width }, (_, column) => `c${column}`).join(', ')
  const row = new SqliteRecord(5)
  row.write(['table', 'rows', 'rows', BigInt(root), `CREATE TABLE rows (${columns})`])
  const { record } = row
  const payload = record.end - record.start
  const cell = page.length - payload - varintSize(payload) - 1
  const at = writeVarint(page, writeVarint(page, cell, payload), 1)
  record.bytes.copy(page, at, record.start, record.end)
  page[FILE_HEAD] = LEAF
  page.writeUInt16BE(1, FILE_HEAD + 3)
  page.writeUInt16BE(cell, FILE_HEAD + 5)
  page.writeUInt16BE(cell, FILE_HEAD + 8)
}
