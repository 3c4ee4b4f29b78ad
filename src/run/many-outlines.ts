import type { PageOutline } from '../core/record.ts'

/** The same pages, where they hold at least `items` records together. No batch is cut of them meanwhile: its size is known when it is ordered. */
export async function ifMany(pages: AsyncIterable<PageOutline>, items: number): Promise<AsyncIterable<PageOutline> | undefined> {
  const rest = pages[Symbol.asyncIterator]()
  const first: PageOutline[] = []
  for (let seen = 0; seen < items; ) {
    const next = await rest.next()
    if (next.done === true) return undefined
    first.push(next.value)
    seen += next.value.items
  }
  return (async function* () {
    try {
      yield* first
      yield* { [Symbol.asyncIterator]: () => rest }
    } finally {
      await rest.return?.()
    }
  })()
}
