import { createHash, randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Item } from '../core/record.ts'
import { isReadable } from '../core/record.ts'
import { encodeValue } from './encode-value.ts'
import { renderFooter, renderHeader, type SnapshotHeader } from './snapshot-format.ts'

/** What a finished snapshot holds. */
export interface ExportResult {
  readonly path: string
  readonly collections: readonly { readonly name: string; readonly count: number }[]
  /** Size of the file. */
  readonly bytes: number
  readonly sha256: string
}

/** Bytes gathered before a write. Each write of a .gz file is a gzip member of its own, which keeps memory flat. */
const WRITE_BYTES = 1 << 20

/**
 * Writes one snapshot beside its path and renames it when whole: a reader never sees half a file. Readable by its owner only.
 * Call `begin` and `add` for each collection in the header's order, then `finish`; or `abort`, which leaves nothing.
 */
export class SnapshotWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #isGzip: boolean
  readonly #hash = createHash('sha256')
  readonly #counts: { name: string; count: number; offset: number }[] = []
  #fd: number | undefined
  #lines: string[] = []
  #chars = 0
  #bytes = 0
  #fileBytes = 0
  #prefix = ''

  constructor(path: string, header: SnapshotHeader) {
    this.#path = path
    this.#temporary = `${path}.${randomUUID()}.tmp`
    this.#isGzip = path.endsWith('.gz')
    mkdirSync(dirname(path), { recursive: true })
    this.#fd = openSync(this.#temporary, 'wx', 0o600)
    this.#push(renderHeader(header))
  }

  /** Starts the next collection. */
  begin(name: string): void {
    this.#flush()
    this.#counts.push({ name, count: 0, offset: this.#bytes })
    this.#prefix = `[${JSON.stringify(name)},`
  }

  /** @throws FERRY_SNAPSHOT_UNSUPPORTED_VALUE; nothing of the item is written then */
  add(item: Item): void {
    this.#push(`${this.#prefix}${renderItem(item)}]\n`)
    const count = this.#counts.at(-1)
    if (count !== undefined) count.count += 1
  }

  /** Writes the last line, syncs and renames. */
  finish(exportedAt: number): ExportResult {
    this.#flush()
    const sha256 = this.#hash.digest('hex')
    const footer = renderFooter({ collections: this.#counts, sha256, exportedAt })
    this.#write(Buffer.from(footer))
    if (this.#fd !== undefined) {
      fsyncSync(this.#fd)
      closeSync(this.#fd)
      this.#fd = undefined
    }
    renameSync(this.#temporary, this.#path)
    syncFolder(dirname(this.#path))
    return { path: this.#path, collections: this.#counts.map(({ name, count }) => ({ name, count })), bytes: this.#fileBytes, sha256 }
  }

  /** Closes and removes the unfinished file. Idempotent; nothing happens after `finish`. */
  abort(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
    rmSync(this.#temporary, { force: true })
  }

  #push(line: string): void {
    this.#lines.push(line)
    this.#chars += line.length
    if (this.#chars >= WRITE_BYTES) this.#flush()
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    const bytes = Buffer.from(this.#lines.join(''))
    this.#lines = []
    this.#chars = 0
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    this.#write(bytes)
  }

  #write(bytes: Buffer): void {
    if (this.#fd === undefined) return
    const out = this.#isGzip ? gzipSync(bytes) : bytes
    for (let at = 0; at < out.length; ) at += writeSync(this.#fd, out, at)
    this.#fileBytes += out.length
  }
}

function renderItem(item: Item): string {
  if (!isReadable(item)) {
    const key = item.key === undefined ? '{"$undefined":1}' : encodeValue(item.key)
    const { raw, reason } = item.unreadable
    return `${key},{"$unreadable":${JSON.stringify({ raw, reason })}}`
  }
  const key = encodeValue(item.key)
  return item.value === item.key ? key : `${key},${encodeValue(item.value)}`
}

/** The name is durable only when its folder is; some systems cannot sync a folder, and then there is nothing to do. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    return
  }
}
