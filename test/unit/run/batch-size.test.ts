import { expect } from 'chai'
import fc from 'fast-check'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import type { TransferInput } from '../../../src/definition/transfer-input.ts'
import { key } from '../../../src/index.ts'
import { type BatchBounds, createBatchSize, nextBatchRows } from '../../../src/run/batch-size.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'

function sizeOf(input: Partial<TransferInput> = {}, options: Partial<TransferOptions> = {}, bounds: BatchBounds = {}) {
  const mappings = { things: { from: 'things', table: 'things', columns: { id: key().integer() } } }
  const transfer = defineTransfer({ name: 'sizes', target: {}, mappings, ...input })
  return createBatchSize({ transfer, options: options as TransferOptions }, bounds)
}

/** The sizes of batches on a target that takes `fixedMs` a transaction and `rowMs` a row, `ahead` of them cut before the first one is committed. */
function play(target: { readonly fixedMs: number; readonly rowMs: number; readonly ahead: number }, batches: number): number[] {
  const size = sizeOf()
  const sizes: number[] = []
  for (let at = 0; at < batches; at += 1) {
    sizes.push(size.rows())
    const rows = sizes[at - target.ahead]
    if (rows === undefined) continue
    const transactionMs = target.fixedMs + rows * target.rowMs
    size.learn({ rows, transactionMs, turnMs: transactionMs })
  }
  return sizes
}

const within = { rows: 5000, most: 50_000 }

describe('nextBatchRows', () => {
  it('doubles at most, and goes down to a quarter at most', () => {
    expect(nextBatchRows({ rows: 5000, transactionMs: 1, turnMs: 1 }, within)).to.equal(10_000)
    expect(nextBatchRows({ rows: 5000, transactionMs: 0, turnMs: 0 }, within)).to.equal(10_000)
    expect(nextBatchRows({ rows: 5000, transactionMs: 60_000, turnMs: 60_000 }, within)).to.equal(1250)
  })

  it('leaves the size alone where transactions are about a quarter of a second', () => {
    for (const transactionMs of [130, 250, 490]) {
      expect(nextBatchRows({ rows: 800, transactionMs, turnMs: transactionMs }, { rows: 1234, most: 50_000 })).to.equal(1234)
    }
  })

  it('comes near a quarter of a second where they are not', () => {
    expect(nextBatchRows({ rows: 5000, transactionMs: 625, turnMs: 700 }, within)).to.equal(2000)
  })

  it('keeps a batch short that takes long to make, however fast the target is', () => {
    expect(nextBatchRows({ rows: 5000, transactionMs: 10, turnMs: 4000 }, within)).to.equal(2500)
    expect(nextBatchRows({ rows: 5000, transactionMs: 10, turnMs: 1500 }, within)).to.equal(5000)
  })

  it('stays between its bounds, of which the upper one is the stronger', () => {
    expect(nextBatchRows({ rows: 40_000, transactionMs: 1, turnMs: 1 }, within)).to.equal(50_000)
    expect(nextBatchRows({ rows: 120, transactionMs: 9000, turnMs: 9000 }, within)).to.equal(100)
    expect(nextBatchRows({ rows: 120, transactionMs: 9000, turnMs: 9000 }, { rows: 20, most: 20 })).to.equal(20)
  })
})

describe('createBatchSize', () => {
  it('begins with 5,000 rows', () => {
    expect(sizeOf().rows()).to.equal(5000)
  })

  it('keeps the size that the definition or the command gives', () => {
    for (const size of [sizeOf({ batchRows: 7000 }), sizeOf({}, { batchRows: 7000 }), sizeOf({ batchRows: 3 }, { batchRows: 7000 })]) {
      size.learn({ rows: 7000, transactionMs: 90_000, turnMs: 90_000 })
      expect([size.rows(), size.bytes]).to.deep.equal([7000, 8 << 20])
    }
  })

  it('settles on every target, with any number of batches under way, and stays there', () => {
    const targets = fc.record({
      fixedMs: fc.double({ min: 0, max: 60, noNaN: true }),
      rowMs: fc.double({ min: 0.0005, max: 3, noNaN: true }),
      ahead: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(targets, (target) => {
        const sizes = play(target, 120)
        const last = sizes.slice(-target.ahead)
        expect(new Set(last).size, sizes.join(' ')).to.equal(1)
        const [rows = 0] = last
        const ms = target.fixedMs + rows * target.rowMs
        expect(ms <= 500 || rows === 100, `${rows} rows take ${ms} ms`).to.equal(true)
        expect(ms >= 125 || rows === 50_000, `${rows} rows take ${ms} ms`).to.equal(true)
      }),
    )
  })

  it('comes back after one commit that took long', () => {
    const size = sizeOf()
    size.learn({ rows: 5000, transactionMs: 8000, turnMs: 8000 })
    expect(size.rows()).to.equal(1250)
    for (let n = 0; n < 3; n += 1) size.learn({ rows: size.rows(), transactionMs: size.rows() / 50, turnMs: 200 })
    expect(size.rows()).to.be.at.least(5000)
  })

  it('learns nothing of a batch without rows', () => {
    const size = sizeOf()
    size.learn({ rows: 0, transactionMs: 1, turnMs: 1 })
    expect(size.rows()).to.equal(5000)
  })

  it('makes no batch larger than a second of the throttle is worth', () => {
    for (const [throttle, most] of [
      [300, 300],
      [20.5, 20],
      [0.1, 1],
    ] as const) {
      const size = sizeOf({}, { throttle })
      expect(size.rows()).to.equal(most)
      size.learn({ rows: most, transactionMs: 1, turnMs: 1 })
      expect(size.rows()).to.equal(most)
    }
  })

  it('does not grow beyond the rows it is given', () => {
    const size = sizeOf({}, {}, { mostRows: 5000 })
    size.learn({ rows: 5000, transactionMs: 1, turnMs: 1 })
    expect(size.rows()).to.equal(5000)
  })

  it('holds 2 MiB at most, or fewer bytes where the definition says so', () => {
    expect(sizeOf().bytes).to.equal(2 << 20)
    expect(sizeOf({ batchBytes: 1000 }).bytes).to.equal(1000)
    expect(sizeOf({ batchBytes: 1 << 30 }).bytes).to.equal(2 << 20)
    expect(sizeOf({}, {}, { scattered: true }).bytes).to.equal(8 << 20)
    expect(sizeOf({ batchBytes: 1000 }, {}, { scattered: true }).bytes).to.equal(1000)
  })
})
