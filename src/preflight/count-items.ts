import type { CollectionInfo, SourceAdapter } from '../core/source-adapter.ts'
import type { PreflightOptions } from './preflight.ts'

/** Items as the source counts them, or its outlines do, where nothing is read; undefined where neither knows. Lists inside records are not known. */
export async function countItems(
  { source, transfer }: Pick<PreflightOptions, 'source' | 'transfer'>,
  collections: readonly CollectionInfo[],
): Promise<number | undefined> {
  let items = 0
  for (const { from } of transfer.mappings.filter(({ each }) => each.length === 0)) {
    const count = collections.find(({ name }) => name === from)?.count ?? (await countOutline(source, from))
    if (count === undefined) return undefined
    items += count
  }
  return items
}

async function countOutline(source: SourceAdapter, collection: string): Promise<number | undefined> {
  const pages = await source.outline?.(collection)
  if (pages === undefined) return undefined
  let items = 0
  for await (const page of pages) items += page.items
  return items
}
