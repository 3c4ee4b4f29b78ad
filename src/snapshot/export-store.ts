import { listCollections } from './list-collections.ts'
import { type ExportResult, SnapshotWriter } from './snapshot-writer.ts'

export type { ExportResult } from './snapshot-writer.ts'

/**
 * Writes a point-in-time snapshot of a live store, synchronously, beside and renamed; mode 0600. gzip where the path ends in .gz.
 * A store without any collection gives a snapshot without any, which a transfer refuses as empty.
 * @throws FERRY_SNAPSHOT_UNSUPPORTED_VALUE when a record holds what a snapshot cannot (functions, symbols, getters); no file is left then
 */
export function exportStore(store: object, path: string): ExportResult {
  const collections = listCollections(store)
  const writer = new SnapshotWriter(path, {
    fuzzy: false,
    collections: collections.map(({ name, kind, count }) => ({ name, kind, count })),
  })
  try {
    for (const { name, items } of collections) {
      writer.begin(name)
      for (const item of items()) writer.add(item)
    }
    return writer.finish(Date.now())
  } finally {
    writer.abort()
  }
}

/** Milliseconds the asynchronous export works before it lets the app go on. */
const SLICE_MS = 10

/**
 * Like exportStore, but yields to the event loop every few milliseconds so that the app stays responsive. The store may change
 * meanwhile, so the snapshot is labelled fuzzy: it is no point in time, and a record may stand in one collection and be gone from the next.
 * Abort rejects with `signal.reason` and leaves no file.
 */
export async function exportStoreAsync(
  store: object,
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ExportResult> {
  const collections = listCollections(store)
  const writer = new SnapshotWriter(path, { fuzzy: true, collections: collections.map(({ name, kind }) => ({ name, kind })) })
  try {
    let sliceEnd = performance.now() + SLICE_MS
    for (const { name, items } of collections) {
      writer.begin(name)
      for (const item of items()) {
        writer.add(item)
        if (performance.now() < sliceEnd) continue
        await new Promise((resolve) => setImmediate(resolve))
        options.signal?.throwIfAborted()
        sliceEnd = performance.now() + SLICE_MS
      }
    }
    return writer.finish(Date.now())
  } finally {
    writer.abort()
  }
}
