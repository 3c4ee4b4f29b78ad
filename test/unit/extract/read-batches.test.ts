import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Position, START } from '../../../src/core/position.ts'
import type { Item, Page } from '../../../src/core/record.ts'
import type { SourceAdapter } from '../../../src/core/source-adapter.ts'
import { type BatchItem, readBatches } from '../../../src/extract/read-batches.ts'

/** A source over a list: pages of a size, the cursor is the count of records before. */
function listSource(items: readonly Item[], pageSize: number): SourceAdapter {
  return {
    name: 'list',
    volatile: false,
    describe: async () => [{ name: 'all', kind: 'map', count: items.length }],
    fingerprint: async () => 'x',
    async *read(_collection, options): AsyncGenerator<Page> {
      for (let at = typeof options?.after === 'number' ? options.after : 0; at < items.length; at += pageSize) {
        options?.signal?.throwIfAborted()
        const page = items.slice(at, at + pageSize)
        yield { items: page, cursor: at + page.length }
      }
    },
    close: async () => {},
  }
}

async function readAll(
  source: SourceAdapter,
  options: { each?: readonly string[]; after?: Position; batchRows?: number; batchBytes?: number },
): Promise<{ items: BatchItem[]; ends: { count: number; position: Position }[] }> {
  const items: BatchItem[] = []
  const ends: { count: number; position: Position }[] = []
  const { each = [], after = START, batchRows = 10, batchBytes = 1e9 } = options
  for await (const batch of readBatches(source, { collection: 'all', each, after, batchRows, batchBytes })) {
    assert.ok(batch.items.length > 0 && batch.items.length <= batchRows)
    items.push(...batch.items)
    ends.push({ count: items.length, position: batch.position })
  }
  return { items, ends }
}

const lines = fc.oneof(
  fc.array(fc.integer(), { maxLength: 7 }),
  fc.uniqueArray(fc.string(), { maxLength: 5 }).map((members) => new Set(members)),
  fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), { maxLength: 5, selector: ([key]) => key }).map((entries) => new Map(entries)),
  fc.dictionary(fc.string(), fc.integer(), { maxKeys: 4 }),
  fc.constantFrom(undefined, null, 'no list', 7),
)
const records = fc.array(
  fc.oneof(
    fc.record({ lines, orders: fc.array(fc.record({ lines }), { maxLength: 3 }) }).map((value) => ({ value })),
    fc.constant({ unreadable: { raw: '{', reason: 'line 3: not JSON' } }),
  ),
  { maxLength: 14 },
)
const toItems = (list: readonly ({ value: unknown } | { unreadable: { raw: string; reason: string } })[]): Item[] =>
  list.map((entry, index) => ('value' in entry ? { key: `k${index}`, value: entry.value } : { unreadable: entry.unreadable }))

describe('readBatches', () => {
  it('asks for the size of each batch when it begins', async () => {
    const source = listSource(
      Array.from({ length: 330 }, (_, n) => ({ key: n, value: { n } })),
      7,
    )
    const sizes: number[] = []
    const batchRows = () => 10 * 2 ** sizes.length
    for await (const batch of readBatches(source, { collection: 'all', each: [], after: START, batchRows, batchBytes: 1e9 })) {
      sizes.push(batch.items.length)
    }
    assert.deepEqual(sizes, [10, 20, 40, 80, 160, 20])
  })

  it('gives the same rest from the position of every batch of one item, whatever the pages and the path', async () => {
    const paths = fc.constantFrom([], ['lines'], ['orders'], ['orders', 'lines'], ['.'])
    await fc.assert(
      fc.asyncProperty(records, paths, fc.integer({ min: 1, max: 5 }), async (list, each, pageSize) => {
        const source = listSource(toItems(list), pageSize)
        const whole = await readAll(source, { each, batchRows: 1 })
        assert.deepEqual(
          whole.items.map((item) => item.ordinal),
          whole.items.map((_item, index) => index),
        )
        for (const end of whole.ends) {
          const rest = await readAll(source, { each, after: end.position, batchRows: 4 })
          assert.deepStrictEqual(rest.items, whole.items.slice(end.count))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('goes on from positions written in the longer way: all records of a page taken, all items of a record taken', async () => {
    const source = listSource(
      [0, 1, 2, 3, 4].map((n) => ({ key: n, value: { lines: [n, n + 0.5] } })),
      2,
    )
    const rest = await readAll(source, { each: ['lines'], after: { cursor: null, taken: 0, item: 2, ordinal: 2 } })
    assert.deepEqual(
      rest.items.map((item) => item.value),
      [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5],
    )
    const next = await readAll(source, { after: { cursor: null, taken: 3, item: 0, ordinal: 3 } })
    assert.deepEqual(
      next.items.map((item) => item.key),
      [3, 4],
    )
  })

  it('stands inside one record with many children, without going through those before', async () => {
    const lines = Array.from({ length: 200_000 }, (_, index) => index)
    const source = listSource([{ key: 'one', value: { lines } }], 1)
    const whole = await readAll(source, { each: ['lines'], batchRows: 1000 })
    assert.equal(whole.items.length, 200_000)
    assert.deepEqual(whole.ends[99]?.position, { cursor: null, taken: 0, item: 100_000, ordinal: 100_000 })
  })

  it('keys the elements by index, Map key, member and name', async () => {
    const value = { list: ['x'], map: new Map([[7, 'x']]), set: new Set(['m', true]), object: { name: 'x' } }
    const source = listSource([{ key: 'k', value }], 1)
    const keys = async (each: string[]) => (await readAll(source, { each })).items.map((item) => item.key)
    assert.deepEqual(await keys(['list']), [['k', 0]])
    assert.deepEqual(await keys(['map']), [['k', 7]])
    assert.deepEqual(await keys(['set']), [
      ['k', 'm'],
      ['k', 1],
    ])
    assert.deepEqual(await keys(['object']), [['k', 'name']])
  })

  it('takes only own members for lists', async () => {
    const source = listSource([{ key: 'k', value: { a: 1 } }], 1)
    assert.deepEqual((await readAll(source, { each: ['toString'] })).items, [])
    assert.deepEqual((await readAll(source, { each: ['__proto__'] })).items, [])
  })

  it('bounds a batch by bytes', async () => {
    const source = listSource(
      Array.from({ length: 100 }, (_, index) => ({ key: index, value: { text: 'x'.repeat(index === 50 ? 100_000 : 1000) } })),
      10,
    )
    const { ends } = await readAll(source, { batchRows: 1000, batchBytes: 20_000 })
    assert.ok(ends.length >= 5 && ends.length <= 8)
  })

  it('stops at an abort with its reason', async () => {
    const source = listSource(
      Array.from({ length: 100 }, (_, index) => ({ key: index, value: index })),
      10,
    )
    const aborter = new AbortController()
    const options = { collection: 'all', each: [], after: START, batchRows: 10, batchBytes: 1e9, signal: aborter.signal }
    let batches = 0
    await assert.rejects(async () => {
      for await (const batch of readBatches(source, options)) {
        batches += batch.items.length > 0 ? 1 : 0
        if (batches === 3) aborter.abort(new Error('enough'))
      }
    }, /enough/)
    assert.equal(batches, 3)
  })
})
