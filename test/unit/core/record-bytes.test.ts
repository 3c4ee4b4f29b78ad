import { expect } from 'chai'
import fc from 'fast-check'
import { RecordBytes } from '../../../src/core/record-bytes.ts'

const TAB = 9
const NEWLINE = 10
const QUOTE = 34

/** What `textUpTo` promises, one byte after the other. */
function lookFor(bytes: Uint8Array, at: number, stops: readonly number[]): number {
  for (let place = at; place < bytes.length; place += 1) {
    const byte = bytes[place] ?? 0
    if (byte === 92) return -1
    if (stops.includes(byte)) return place
  }
  return bytes.length
}

describe('RecordBytes', () => {
  it('takes a text up to a sign, wherever it begins and ends', () => {
    const sign = fc.constantFrom(TAB, NEWLINE, QUOTE, 92, 8, 11, 35, 93, 0, 0x80, 0xff)
    const plain = fc
      .uint8Array({ maxLength: 110, min: 1 })
      .map((bytes) => [...bytes.filter((byte) => ![TAB, NEWLINE, QUOTE, 92].includes(byte))])
    const bytes = fc
      .array(fc.tuple(plain, fc.oneof(sign, fc.constant(undefined))), { maxLength: 4 })
      .map((parts) => Uint8Array.from(parts.flatMap(([text, end]) => (end === undefined ? text : [...text, end]))))
    const record = new RecordBytes(2)
    const expected = new RecordBytes(2)
    fc.assert(
      fc.property(
        bytes,
        fc.nat(300),
        fc.constantFrom([QUOTE, QUOTE], [TAB, NEWLINE]),
        fc.nat(70),
        (all, from, [stop = 0, other = 0], shift) => {
          // Part of something larger, as pages are.
          const whole = new Uint8Array(all.length + shift + 9).fill(QUOTE)
          whole.set(all, shift)
          const source = whole.subarray(shift, shift + all.length)
          const at = Math.min(from, source.length)
          const end = lookFor(source, at, [stop, other])
          record.begin()
          record.integer(5)
          expect(record.textUpTo(source, at, stop, other)).to.equal(end)
          if (end === -1) record.null()
          record.finish()
          expected.begin()
          expected.integer(5)
          if (end === -1) expected.null()
          else expected.utf8(source.subarray(at, end))
          expected.finish()
          expect(Buffer.from(record.finished)).to.deep.equal(Buffer.from(expected.finished))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
