import type { Page, PageOutline } from './record.ts'

/** Outlines of pages whose sizes are known. */
export async function* outlinePages(pages: AsyncIterable<Page & { readonly bytes: number }>): AsyncGenerator<PageOutline> {
  for await (const { items, bytes, cursor } of pages) yield { items: items.length, bytes, cursor }
}
