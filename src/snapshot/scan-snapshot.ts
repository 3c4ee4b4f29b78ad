import { isUtf8 } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { CollectionInfo } from '../core/source-adapter.ts'
import { readLineBlocks } from './read-line-blocks.ts'
import { invalidSnapshot, parseFooter, parseHeader, type SnapshotFooter, type SnapshotHeader } from './snapshot-format.ts'

/** What a snapshot says of itself and what was counted in it. */
export interface SnapshotSummary {
  readonly path: string
  readonly fuzzy: boolean
  readonly exportedAt: number
  readonly sha256: string
  /** Size of the file. */
  readonly fileBytes: number
  readonly collections: readonly (CollectionInfo & { readonly count: number; readonly offset: number })[]
}

export interface ScanOptions {
  /** Called with the text of every line between the first and the last, and its number counted from 1. */
  readonly onLine?: (text: string, line: number) => void
  readonly signal?: AbortSignal
}

/**
 * Reads a snapshot from its first byte to its last and holds it against its last line: checksum, counts, UTF-8. Memory stays flat.
 * @throws FERRY_SNAPSHOT_INVALID for a cut file, a wrong checksum or count, bytes after the end; FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE
 */
export async function scanSnapshot(path: string, options: ScanOptions = {}): Promise<SnapshotSummary> {
  const scan: Scan = { hash: createHash('sha256'), lines: 0, header: undefined, held: undefined, onLine: options.onLine }
  for await (const { bytes } of readLineBlocks(path)) {
    options.signal?.throwIfAborted()
    if (!isUtf8(bytes)) throw invalidSnapshot('it holds bytes that are not UTF-8', { path })
    scanBlock(scan, bytes)
  }
  if (scan.header === undefined)
    throw invalidSnapshot(scan.held === undefined ? 'it is empty' : 'it is cut: the last line is missing', { path })
  const isEnded = scan.held?.at(-1) === 10
  const footer = isEnded ? parseFooter(scan.held?.toString() ?? '') : undefined
  if (footer === undefined) throw invalidSnapshot('it is cut: the last line is missing', { path })
  if (scan.hash.digest('hex') !== footer.sha256) throw invalidSnapshot('its checksum is not the one it was written with', { path })
  const collections = joinCounts(scan.header, footer, path)
  const counted = collections.reduce((sum, { count }) => sum + count, 0)
  if (counted !== scan.lines - 1) throw invalidSnapshot(`it says ${counted} records and holds ${scan.lines - 1}`, { path })
  const { size } = await stat(path)
  return { path, fuzzy: scan.header.fuzzy, exportedAt: footer.exportedAt, sha256: footer.sha256, fileBytes: size, collections }
}

/** Collections of the first line with the counts of the last. @throws FERRY_SNAPSHOT_INVALID where the two do not agree */
export function joinCounts(header: SnapshotHeader, footer: SnapshotFooter, path: string): SnapshotSummary['collections'] {
  if (header.collections.length !== footer.collections.length)
    throw invalidSnapshot('its first and last line name other collections', { path })
  return header.collections.map(({ name, kind, count: promised }, index) => {
    const end = footer.collections[index]
    if (end?.name !== name) throw invalidSnapshot('its first and last line name other collections', { path })
    if (promised !== undefined && promised !== end.count) throw invalidSnapshot('its first and last line give other counts', { path })
    return { name, kind, count: end.count, offset: end.offset }
  })
}

interface Scan {
  readonly hash: Hash
  /** Lines hashed so far, the first included. */
  lines: number
  header: SnapshotHeader | undefined
  /** The last line seen: it may be the last of all, which is not hashed. */
  held: Buffer | undefined
  readonly onLine: ScanOptions['onLine']
}

function scanBlock(scan: Scan, bytes: Buffer): void {
  if (scan.held !== undefined) take(scan, scan.held)
  const cut = bytes.lastIndexOf(10, bytes.length - 2) + 1
  // The block's memory is reused by nobody, but a copy of one line lets the rest of it go.
  scan.held = Buffer.from(bytes.subarray(cut))
  if (cut > 0) take(scan, bytes.subarray(0, cut))
}

function take(scan: Scan, bytes: Buffer): void {
  scan.hash.update(bytes)
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(10, start)
    const end = found === -1 ? bytes.length : found
    scan.lines += 1
    if (scan.header === undefined) scan.header = parseHeader(bytes.toString('utf8', start, end))
    else if (scan.onLine !== undefined) scan.onLine(bytes.toString('utf8', start, end), scan.lines)
    start = end + 1
  }
}
