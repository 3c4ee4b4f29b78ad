import type { BatchOutline } from '../extract/cut-batches.ts'

/** The same outlines, where they hold at least `items` records together. */
export async function ifMany(outlines: AsyncGenerator<BatchOutline>, items: number): Promise<AsyncGenerator<BatchOutline> | undefined> {
  const first: BatchOutline[] = []
  for (let seen = 0; seen < items; ) {
    const next = await outlines.next()
    if (next.done === true) return undefined
    first.push(next.value)
    seen += next.value.rows
  }
  return (async function* () {
    yield* first
    yield* outlines
  })()
}
