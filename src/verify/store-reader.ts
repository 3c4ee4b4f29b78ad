import { isReadable } from '../core/record.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { StoreReader } from '../definition/transfer.ts'

/** The records of a source, one at a time; what could not be read is passed over (it is among the rejects). */
export function openStoreReader(source: SourceAdapter, signal?: AbortSignal): StoreReader {
  return {
    async *records(collection) {
      for await (const page of source.read(collection, signal === undefined ? {} : { signal })) {
        for (const item of page.items) if (isReadable(item)) yield { key: item.key, value: item.value }
      }
    },
  }
}
