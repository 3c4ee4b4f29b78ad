import { FerryError } from '../core/errors.ts'
import type { CollectionInfo } from '../core/source-adapter.ts'
import { isPlainText, parseJson } from './decode-value.ts'

/** Version of the format, the value of `$ferry` in the first line. */
export const SNAPSHOT_VERSION = 1

/** First line of a snapshot: what follows, in this order. `fuzzy`: written while the store could change. */
export interface SnapshotHeader {
  readonly fuzzy: boolean
  readonly collections: readonly CollectionInfo[]
}

/** Last line: what stood before it. */
export interface SnapshotFooter {
  /** In the order of the header. `offset`: bytes before the collection's first line, counted without gzip. */
  readonly collections: readonly { readonly name: string; readonly count: number; readonly offset: number }[]
  /** Hex digest of every byte before this line, counted without gzip. */
  readonly sha256: string
  /** Ms since 1970; outside the digest, so that two exports of equal stores have equal digests. */
  readonly exportedAt: number
}

/** Text of the first line, with its newline. */
export function renderHeader(header: SnapshotHeader): string {
  const { fuzzy, collections } = header
  return `${JSON.stringify({ $ferry: SNAPSHOT_VERSION, ...(fuzzy ? { fuzzy } : {}), collections })}\n`
}

/** Text of the last line, with its newline. */
export function renderFooter(footer: SnapshotFooter): string {
  return `${JSON.stringify({ $end: footer })}\n`
}

/** @throws FERRY_SNAPSHOT_INVALID for anything that is no first line of a snapshot of a known version */
export function parseHeader(text: string): SnapshotHeader {
  const parsed = parseJson(text)
  if (!isRecord(parsed) || !Object.hasOwn(parsed, '$ferry')) throw invalidSnapshot('the first line is not that of a ferry snapshot')
  if (parsed.$ferry !== SNAPSHOT_VERSION)
    throw invalidSnapshot('it was written in a version of the format that this knex-ferry does not read')
  const { collections, fuzzy } = parsed
  if (!Array.isArray(collections) || !collections.every(isCollectionInfo)) throw invalidSnapshot('its first line is malformed')
  if (new Set(collections.map(({ name }) => name)).size !== collections.length) throw invalidSnapshot('a collection stands in it twice')
  return { fuzzy: fuzzy === true, collections }
}

/** The last line, or undefined for any other line. */
export function parseFooter(text: string): SnapshotFooter | undefined {
  if (!text.startsWith('{"$end":')) return undefined
  const parsed = parseJson(text)
  const end = isRecord(parsed) ? parsed.$end : undefined
  if (!isRecord(end)) return undefined
  const { collections, sha256, exportedAt } = end
  const isWhole = Array.isArray(collections) && collections.every(isCount) && typeof sha256 === 'string' && typeof exportedAt === 'number'
  return isWhole ? { collections, sha256, exportedAt } : undefined
}

/** An error about the file as a whole, without its content. */
export function invalidSnapshot(what: string, options: { line?: number; path?: string } = {}): FerryError {
  const place = options.line === undefined ? '' : `, in line ${options.line}`
  const file = options.path === undefined ? 'the snapshot' : `the snapshot ${options.path}`
  return new FerryError('FERRY_SNAPSHOT_INVALID', `${file} cannot be used: ${what}${place}`, {
    hint: 'Make it again with exportStore(store, path) in the app, or take an older one; ferry snapshot check says whether a file is whole.',
  })
}

/** One line as parsed JSON plus whether its parts still need decoding. @throws FERRY_SNAPSHOT_INVALID */
export function parseLine(text: string): { readonly parts: readonly unknown[]; readonly plain: boolean; readonly refs: boolean } {
  const parts = parseJson(text)
  const isLine = Array.isArray(parts) && (parts.length === 2 || parts.length === 3) && typeof parts[0] === 'string'
  if (!isLine) throw invalidSnapshot('a line is neither a record nor the last line')
  const plain = isPlainText(text)
  return { parts, plain, refs: !plain && text.includes('"$ref"') }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCollectionInfo(value: unknown): value is CollectionInfo {
  if (!isRecord(value) || typeof value.name !== 'string') return false
  const isCounted = value.count === undefined || Number.isSafeInteger(value.count)
  return isCounted && typeof value.kind === 'string' && ['map', 'set', 'list', 'table'].includes(value.kind)
}

function isCount(value: unknown): value is { name: string; count: number; offset: number } {
  return isRecord(value) && typeof value.name === 'string' && Number.isSafeInteger(value.count) && Number.isSafeInteger(value.offset)
}
