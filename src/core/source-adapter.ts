import type { Cursor, Page } from './record.ts'

/** What `describe` tells of one collection; `count` in records, absent where counting means reading. */
export interface CollectionInfo {
  readonly name: string
  readonly kind: 'map' | 'set' | 'list' | 'table'
  readonly count?: number
}

export interface ReadOptions {
  /** Start after this cursor; absent: at the beginning. */
  readonly after?: Cursor
  /** Abort stops the iteration at the next page with `signal.reason`. */
  readonly signal?: AbortSignal
}

/**
 * Reads one kind of source. Two reads of an unchanged source give the same items in the same order.
 * `knex-ferry/testing` holds the suite every adapter must pass.
 */
export interface SourceAdapter {
  /** Short and stable, for messages and the run's record: `memory-store`, `ndjson`. */
  readonly name: string
  /** The source may change or vanish while it is read: the run spools it to a snapshot first. */
  readonly volatile: boolean
  describe(): Promise<readonly CollectionInfo[]>
  /** sha256 (hex) of the content; equal content gives an equal fingerprint. */
  fingerprint(): Promise<string>
  /** @throws FERRY_SOURCE_NO_COLLECTION when the source has no such collection */
  read(collection: string, options?: ReadOptions): AsyncIterable<Page>
  /** Idempotent. */
  close(): Promise<void>
}
