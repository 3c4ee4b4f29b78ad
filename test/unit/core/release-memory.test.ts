import Database from 'better-sqlite3'
import { expect } from 'chai'
import { releaseMemory } from '../../../src/core/release-memory.ts'

describe('releaseMemory', () => {
  it('gives back what native code has allocated', () => {
    const database = new Database(':memory:')
    const bytes = database.prepare('select zeroblob(1000)').pluck().get() as Buffer
    releaseMemory(bytes)
    expect(bytes.length).to.equal(0)
    database.close()
  })

  it('leaves bytes that share their memory with others', () => {
    const pooled = Buffer.from('pooled')
    const part = Buffer.alloc(100).subarray(10)
    for (const bytes of [pooled, part]) {
      releaseMemory(bytes)
      expect(bytes.length).to.be.above(0)
    }
    expect(pooled.toString()).to.equal('pooled')
  })

  it('keeps memory flat where the collector would not look', () => {
    const database = new Database(':memory:')
    const read = database.prepare('select zeroblob(1048576)').pluck()
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    for (let round = 0; round < 200; round += 1) {
      releaseMemory(read.get() as Buffer)
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
    expect(most - before).to.be.below(8 << 20)
    database.close()
  })

  it('leaves shared memory to the others who have it', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(8))
    releaseMemory(bytes)
    expect(bytes.length).to.equal(8)
  })
})
