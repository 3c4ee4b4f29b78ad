import { isFerryError } from '../core/errors.ts'
import { type Item, isReadable } from '../core/record.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { type ExportResult, SnapshotWriter } from './snapshot-writer.ts'

/**
 * Copies everything a source holds into a snapshot at `path`, unreadable places included; a record that a snapshot cannot hold
 * becomes an unreadable place, so that it ends as a reject like any other. Abort rejects with `signal.reason` and leaves no file.
 * `onProgress` hears the items written so far, after every page.
 */
export async function spoolSource(
  source: SourceAdapter,
  path: string,
  options: {
    readonly signal?: AbortSignal | undefined
    /** Ms since 1970, for the last line; default: now. */
    readonly now?: number
    readonly onProgress?: (items: number) => void
  } = {},
): Promise<ExportResult> {
  const collections = await source.describe()
  // A live source may change between here and the read, so its counts are not promised.
  const writer = new SnapshotWriter(path, { fuzzy: false, collections: collections.map(({ name, kind }) => ({ name, kind })) })
  const { signal } = options
  let items = 0
  try {
    for (const { name } of collections) {
      writer.begin(name)
      for await (const page of source.read(name, signal === undefined ? {} : { signal })) {
        signal?.throwIfAborted()
        for (const item of page.items) addOrSetAside(writer, item)
        items += page.items.length
        options.onProgress?.(items)
      }
    }
    return writer.finish(options.now ?? Date.now())
  } finally {
    writer.abort()
  }
}

function addOrSetAside(writer: SnapshotWriter, item: Item): void {
  try {
    writer.add(item)
  } catch (error) {
    if (!isFerryError(error, 'FERRY_SNAPSHOT_UNSUPPORTED_VALUE') || !isReadable(item)) throw error
    writer.add({ key: item.key, unreadable: { raw: '', reason: error.message } })
  }
}
