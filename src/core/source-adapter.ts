import type { Cursor, Page, PageOutline } from './record.ts'

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

/** How another thread opens the same source: `new (await import(module))[name](options)`; the options can be cloned. */
export interface Reopening {
  /** Address of the module, as `import.meta.url` gives it. */
  readonly module: string
  readonly name: string
  readonly options: unknown
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
  /** sha256 (hex) of the content that a read gives now; equal content gives an equal fingerprint. */
  fingerprint(): Promise<string>
  /**
   * Another text whenever the content may have been written to since, which costs no reading: a fingerprint made in between is one of now while it is the same.
   * Absent, or undefined: nobody can tell.
   */
  stamp?(): Promise<string | undefined>
  /** `fingerprint` refuses content that was damaged and could be read all the same: a run waits for it before it writes. */
  readonly checksItself?: boolean
  /** @throws FERRY_SOURCE_NO_COLLECTION when the source has no such collection */
  read(collection: string, options?: ReadOptions): AsyncIterable<Page>
  /**
   * The pages that `read` gives, without reading their records: lets several threads read parts of one collection. Absent, or resolves with
   * undefined, where a part cannot be read without what stands before it (gzip, one large JSON text).
   */
  outline?(collection: string, options?: ReadOptions): Promise<AsyncIterable<PageOutline> | undefined>
  /** Comes with `outline`. */
  readonly reopening?: Reopening
  /** Idempotent. */
  close(): Promise<void>
}
