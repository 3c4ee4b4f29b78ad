import { expect } from 'chai'
import fc from 'fast-check'
import * as iso from '../../../src/target/dialects/postgres-iso.ts'

const EPOCH_DAYS = 10_957

/** In the middle of other bytes. */
const placed = (text: string) => Buffer.from(`9${text}9`)
const readIsoDays = (text: string) => iso.readIsoDays(placed(text), 1)
const readIsoTime = (text: string) => iso.readIsoTime(placed(text), 1, 1 + text.length)

describe('target/dialects/postgres-iso', () => {
  it('reads every instant of years 1 to 9999 as Date does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        const text = new Date(ms).toISOString()
        const days = Math.floor(ms / 86_400_000)
        expect(readIsoDays(text)).to.equal(days - EPOCH_DAYS)
        expect(readIsoTime(text)).to.equal((ms - days * 86_400_000) * 1000)
      }),
      { numRuns: 5000 },
    )
  })

  it('knows no day that the calendar has not', () => {
    for (const text of [
      '2025-02-29',
      '1900-02-29',
      '2025-02-30',
      '2025-04-31',
      '2025-13-01',
      '2025-00-10',
      '2025-01-00',
      '0000-01-01',
      '2025/01/01',
      '20250101',
      '',
    ]) {
      expect(readIsoDays(text), text).to.equal(undefined)
    }
    expect(readIsoDays('2000-02-29')).to.equal(59)
  })

  it('reads up to six fraction digits, and no other form', () => {
    expect(readIsoTime('2025-08-31T00:00:01Z')).to.equal(1_000_000)
    expect(readIsoTime('2025-08-31T23:59:59.999999Z')).to.equal(iso.DAY_MICROS - 1)
    expect(readIsoTime('2025-08-31T00:00:00.5Z')).to.equal(500_000)
    for (const text of [
      '2025-08-31T24:00:00Z',
      '2025-08-31T23:60:00Z',
      '2025-08-31T23:00:60Z',
      '2025-08-31T23:00:00.Z',
      '2025-08-31T23:00:00.1234567Z',
      '2025-08-31T23:00:00+00',
      '2025-08-31 23:00:00Z',
      '2025-08-31',
    ]) {
      expect(readIsoTime(text), text).to.equal(-1)
    }
  })
})
