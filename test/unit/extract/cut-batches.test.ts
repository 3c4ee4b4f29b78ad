import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { NdjsonAdapter } from '../../../adapters/ndjson-adapter.ts'
import { type Position, START } from '../../../src/core/position.ts'
import type { SourceAdapter } from '../../../src/core/source-adapter.ts'
import { cutBatches } from '../../../src/extract/cut-batches.ts'
import { readBatches } from '../../../src/extract/read-batches.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

interface Size {
  /** Of a batch each, by turns. */
  readonly rows: readonly number[]
  readonly batchBytes: number
}

type End = { readonly rows: number; readonly end: Position }

/** What a reader takes; the size changes with each batch that is in `ends`. */
function changing({ rows, batchBytes }: Size, ends: readonly End[]) {
  return { batchRows: () => rows[ends.length % rows.length] ?? 1, batchBytes }
}

async function readEnds(source: SourceAdapter, after: Position, size: Size) {
  const ends: End[] = []
  for await (const { items, position } of readBatches(source, { collection: 'all', each: [], after, ...changing(size, ends) })) {
    ends.push({ rows: items.length, end: position })
  }
  return ends
}

async function cutEnds(source: SourceAdapter, after: Position, size: Size) {
  const ends: End[] = []
  const pages = await source.outline?.('all', after.cursor === null ? {} : { after: after.cursor })
  if (pages === undefined) throw new Error('no outline')
  let start = after
  for await (const batch of cutBatches(pages, { after, ...changing(size, ends) })) {
    expect(batch.start).to.deep.equal(start)
    start = batch.end
    ends.push({ rows: batch.rows, end: batch.end })
  }
  return ends
}

const lines = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 900 }).map((length) => JSON.stringify({ text: 'x'.repeat(length) })) },
    { weight: 1, arbitrary: fc.constantFrom('', '  ', '\u00a0\ufeff', '\t', '{"cut', 'null', '"member"') },
    { weight: 1, arbitrary: fc.constant(`{"text":"${'y'.repeat(300_000)}"}`) },
  ),
  { maxLength: 60 },
)
const sizes = fc.record({
  rows: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
  batchBytes: fc.constantFrom(1, 5_000, 400_000, 1e9),
})

describe('cutBatches', () => {
  it('cuts outlines of NDJSON where readBatches cuts its records, from every position on', async function () {
    this.timeout(60_000)
    await withTemporaryFolder((folder) =>
      fc.assert(
        fc.asyncProperty(lines, fc.integer({ min: 1, max: 40 }), sizes, async (texts, repeat, size) => {
          const path = join(folder, 'all.ndjson')
          writeFileSync(path, Array.from({ length: repeat }, () => texts.join('\n')).join('\n'))
          const source = new NdjsonAdapter({ path })
          const whole = await readEnds(source, START, size)
          expect(await cutEnds(source, START, size)).to.deep.equal(whole)
          const middle = whole[whole.length >> 1]
          if (middle !== undefined) expect(await cutEnds(source, middle.end, size)).to.deep.equal(await readEnds(source, middle.end, size))
        }),
        { numRuns: 60 },
      ),
    )
  })

  it('ends a batch with a page where it is asked to and the next page does not fit, once the batch is half full', async () => {
    const cut = async (batchRows: number, batchBytes = 1e9) => {
      const pages = Array.from({ length: 4 }, (_, n) => ({ items: 100, bytes: 1000, cursor: n + 1 }))
      const batches: [start: unknown, taken: number, rows: number][] = []
      const outlined = (async function* () {
        yield* pages
      })()
      for await (const { start, rows } of cutBatches(outlined, { after: START, batchRows, batchBytes, endsWithPage: true })) {
        batches.push([start.cursor, start.taken, rows])
      }
      return batches
    }
    const pairs = [
      [null, 0, 200],
      [2, 0, 200],
    ]
    expect(await cut(250)).to.deep.equal(pairs)
    expect(await cut(1000, 2600)).to.deep.equal(pairs)
    expect(await cut(200)).to.deep.equal(pairs)
    expect(await cut(320)).to.deep.equal([
      [null, 0, 300],
      [3, 0, 100],
    ])
    expect((await cut(60)).slice(0, 4)).to.deep.equal([
      [null, 0, 60],
      [null, 60, 40],
      [1, 0, 60],
      [1, 60, 40],
    ])
    // 10 records are less than half of 90: the next page goes on with them.
    expect((await cut(90)).slice(0, 3)).to.deep.equal([
      [null, 0, 90],
      [null, 90, 90],
      [1, 80, 90],
    ])
  })

  it('cuts outlines of snapshots in the same way', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.ferry.ndjson')
      const all = new Map(Array.from({ length: 3210 }, (_, n) => [n, { n, text: 'z'.repeat(n % 700) }]))
      exportStore({ before: new Set([1]), all, after: new Set([2]) }, path)
      const source = new SnapshotSource(path)
      for (const size of [
        { rows: [1000], batchBytes: 1e9 },
        { rows: [777, 5, 1300], batchBytes: 1e9 },
        { rows: [5000], batchBytes: 200_000 },
      ]) {
        const whole = await readEnds(source, START, size)
        expect(await cutEnds(source, START, size)).to.deep.equal(whole)
        for (const { end } of whole) expect(await cutEnds(source, end, size)).to.deep.equal(await readEnds(source, end, size))
      }
    })
  })
})
