import { expect } from 'chai'
import { START } from '../../../src/core/position.ts'
import type { SourceAdapter } from '../../../src/core/source-adapter.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { key } from '../../../src/index.ts'
import { packHere, type ReadyBatch } from '../../../src/run/ready-batches.ts'
import type { SlicesToPack } from '../../../src/workers/pack-batch.ts'

const PAGE = 700

/** A collection of numbered records, which cannot be read beyond `fails`. */
function sourceOf(count: number, fails = Number.POSITIVE_INFINITY): SourceAdapter {
  return {
    name: 'numbers',
    volatile: false,
    describe: async () => [{ name: 'things', kind: 'list' }],
    fingerprint: async () => 'numbers',
    close: async () => {},
    async *read(_collection, { after } = {}) {
      for (let from = Number(after ?? 0); from < count; from += PAGE) {
        if (from >= fails) throw new Error('the disk is gone')
        const items = Array.from({ length: Math.min(PAGE, count - from) }, (_, at) => ({ key: from + at, value: { n: from + at } }))
        yield { items, bytes: 10 * items.length, cursor: from + items.length }
      }
    },
  }
}

const mappings = { things: { from: 'things', table: 'things', columns: { id: key().integer() } } }
const [mapping] = defineTransfer({ name: 'numbers', target: {}, mappings }).mappings

type Pack = (batch: SlicesToPack) => Promise<undefined>

/** What `pack` does not take is read again. */
function batchesOf(source: SourceAdapter, pack: Pack, bounds = { rows: () => 1_200, bytes: 1_000_000 }): AsyncGenerator<ReadyBatch> {
  if (mapping === undefined) throw new Error('the transfer has no mapping')
  return packHere(bounds, { source, mapping, from: START, now: () => 0, file: '/nowhere', signal: new AbortController().signal, pack })
}

/** Takes all slices of a batch, or the first alone. */
const takeAll: Pack = async ({ slices }) => {
  for await (const _ of slices);
  return undefined
}
const takeOne: Pack = async ({ slices }) => {
  for await (const _ of slices) return undefined
  return undefined
}

describe('packHere', () => {
  for (const [name, pack] of [
    ['all of a batch', takeAll],
    ['a part of a batch', takeOne],
  ] as const)
    it(`goes through every item once, and reads a batch again, where ${name} was packed`, async () => {
      let ordinal = 0
      const sizes: number[] = []
      const lasts: boolean[] = []
      for await (const ready of batchesOf(sourceOf(3_000), pack)) {
        const { items, position } = await ready.read(ordinal)
        expect(items.map((item) => item.ordinal)).to.deep.equal(Array.from({ length: items.length }, (_, at) => ordinal + at))
        expect(items.map((item) => item.key)).to.deep.equal(items.map((item) => item.ordinal))
        ordinal += items.length
        expect(ready.after(ordinal)).to.deep.equal(position)
        expect(position.ordinal).to.equal(ordinal)
        sizes.push(ready.size)
        lasts.push(ready.last)
      }
      expect(sizes).to.deep.equal([1_200, 1_200, 600])
      expect(lasts).to.deep.equal([false, false, true])
    })

  it('ends batches where their bytes do', async () => {
    const sizes: number[] = []
    for await (const { size } of batchesOf(sourceOf(1_000), takeAll, { rows: () => 5_000, bytes: 4_000 })) sizes.push(size)
    expect(sizes).to.deep.equal([400, 400, 200])
  })

  it('gives one empty batch of an empty source', async () => {
    const batches: [number, boolean][] = []
    for await (const { size, last } of batchesOf(sourceOf(0), takeAll)) batches.push([size, last])
    expect(batches).to.deep.equal([[0, true]])
  })

  for (const [name, pack] of [
    ['while it is packed', takeAll],
    ['in what nobody packs', takeOne],
  ] as const)
    it(`takes no failure of the source, ${name}, for its end`, async () => {
      const lasts: boolean[] = []
      let thrown: unknown
      try {
        for await (const { last } of batchesOf(sourceOf(5_000, 2_100), pack)) lasts.push(last)
      } catch (error) {
        thrown = error
      }
      expect(String(thrown)).to.include('the disk is gone')
      expect(lasts).to.deep.equal([false])
    })
})
