import { FerryError } from '../core/errors.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'

/** A file of many collections, one of which has a member that is no record, looks like a file of one. */
const LOOKS_LIKE_ONE =
  " A JSON dump is taken for one collection where its Maps hold something beside records: name them, `shapes: { spots: 'keyed' }`, in the adapter's options."

/** An empty store is far more often a store that was never filled in this process than one with nothing to move. @throws FERRY_SOURCE_EMPTY, FERRY_SOURCE_NO_COLLECTION */
export async function assertSource(source: SourceAdapter, transfer: ResolvedTransfer): Promise<void> {
  const collections = await source.describe()
  const there = new Set(collections.map(({ name }) => name))
  const absent = [...new Set(transfer.mappings.map(({ from }) => from))].filter((name) => !there.has(name))
  if (absent.length > 0 && collections.length > 0) {
    throw new FerryError(
      'FERRY_SOURCE_NO_COLLECTION',
      `the source (${source.name}) has no collection ${absent.join(', ')}; it has ${[...there].join(', ')}`,
      {
        hint: `Correct \`from\` in the mapping, or point --source at the right store.${there.size === 1 ? LOOKS_LIKE_ONE : ''}`,
      },
    )
  }
  for (const { name, count } of collections) {
    if (count !== undefined && count > 0) return
    if (count === undefined && (await hasItem(source, name))) return
  }
  throw new FerryError('FERRY_SOURCE_EMPTY', `the source (${source.name}) is empty: nothing would be moved`, {
    hint: "A store imported into a fresh process is empty. In the app's own process write a snapshot with `exportStore(store, 'store.ferry.ndjson')` and give it as --source.",
  })
}

async function hasItem(source: SourceAdapter, collection: string): Promise<boolean> {
  for await (const page of source.read(collection)) if (page.items.length > 0) return true
  return false
}
