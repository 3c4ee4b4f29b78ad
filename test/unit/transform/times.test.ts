import { expect } from 'chai'
import fc from 'fast-check'
import { ValueProblem } from '../../../src/core/row.ts'
import type { Conversion } from '../../../src/definition/transfer.ts'
import { compileConversion } from '../../../src/transform/convert-value.ts'
import { isCanonicalTimestamp, parseIso } from '../../../src/transform/iso-time.ts'

function read(conversion: Conversion, value: unknown): unknown {
  const converted = compileConversion(conversion)(value)
  return converted instanceof ValueProblem ? `<${converted.code}>` : converted
}

function expectAll(conversion: Conversion, cases: readonly (readonly [given: unknown, expected: unknown])[]): void {
  for (const [given, expected] of cases) expect(read(conversion, given), String(given)).to.equal(expected)
}

const timestamp: Conversion = { kind: 'timestamp' }

describe('timestamps', () => {
  it('come from ISO texts with an offset, Dates and $date', () => {
    expectAll(timestamp, [
      ['2025-08-31T10:00:00.000Z', '2025-08-31T10:00:00.000Z'],
      ['2025-08-31T10:00:00Z', '2025-08-31T10:00:00.000Z'],
      ['2025-08-31 10:00:00+02:00', '2025-08-31T08:00:00.000Z'],
      ['2009-04-01T00:00:00.000-0700', '2009-04-01T07:00:00.000Z'],
      ['2025-08-31T10:00+02', '2025-08-31T08:00:00.000Z'],
      ['2025-08-31T10:00:00.123456789Z', '2025-08-31T10:00:00.123456789Z'],
      ['2025-08-31T10:00:00.1230000000000Z', '2025-08-31T10:00:00.123Z'],
      ['2025-08-31T10:00:00.1234567891Z', '<PRECISION>'],
      [new Date(0), '1970-01-01T00:00:00.000Z'],
      [new Date(-1), '1969-12-31T23:59:59.999Z'],
      [{ $date: '2009-04-01T00:00:00.000-0700' }, '2009-04-01T07:00:00.000Z'],
      [{ $date: 1000 }, '1970-01-01T00:00:01.000Z'],
      [{ $date: { $numberLong: '-1' } }, '1969-12-31T23:59:59.999Z'],
    ])
  })

  it('are never guessed', () => {
    expectAll(timestamp, [
      ['2025-08-31T10:00:00', '<DATE_ZONE>'],
      ['1996-07-04 00:00:00.000', '<DATE_ZONE>'],
      ['2025-08-31', '<DATE_INVALID>'],
      ['13/02/2024', '<DATE_INVALID>'],
      ['2025-02-29T00:00:00.000Z', '<DATE_INVALID>'],
      ['1900-02-29T00:00:00.000Z', '<DATE_INVALID>'],
      ['2025-04-31T00:00:00.000Z', '<DATE_INVALID>'],
      ['2025-01-01T24:00:00.000Z', '<DATE_INVALID>'],
      ['2016-12-31T23:59:60.000Z', '<DATE_INVALID>'],
      ['2025-01-01T10:00:00.00xZ', '<DATE_INVALID>'],
      [new Date(Number.NaN), '<DATE_INVALID>'],
      [1700000000000, '<TYPE>'],
      [true, '<TYPE>'],
      [new Date(8.64e15), '<RANGE>'],
      ['0001-01-01T00:00:00+01:00', '<RANGE>'],
    ])
  })

  it('take numbers of a declared unit', () => {
    expectAll({ kind: 'timestamp', epoch: 'ms' }, [
      [0, '1970-01-01T00:00:00.000Z'],
      [-62135596800000, '0001-01-01T00:00:00.000Z'],
      [1.5, '<PRECISION>'],
      [Number.NaN, '<NOT_FINITE>'],
      ['2025-08-31T10:00:00Z', '2025-08-31T10:00:00.000Z'],
    ])
    expectAll({ kind: 'timestamp', epoch: 's' }, [
      [1, '1970-01-01T00:00:01.000Z'],
      [1.5, '1970-01-01T00:00:01.500Z'],
      [1.0005, '<PRECISION>'],
    ])
  })

  it('take texts without an offset in a declared zone, but for the hours its clocks skip or show twice', () => {
    const berlin: Conversion = { kind: 'timestamp', zone: 'Europe/Berlin' }
    expectAll(berlin, [
      ['2025-07-01T12:00:00', '2025-07-01T10:00:00.000Z'],
      ['2025-01-01 12:00:00.5', '2025-01-01T11:00:00.500Z'],
      ['2025-03-30T02:30:00', '<DATE_AMBIGUOUS>'],
      ['2025-10-26T02:30:00', '<DATE_AMBIGUOUS>'],
      ['2025-10-26T02:30:00+01:00', '2025-10-26T01:30:00.000Z'],
      ['2025-03-30T03:00:00', '2025-03-30T01:00:00.000Z'],
      ['2025-10-26T03:00:00', '2025-10-26T02:00:00.000Z'],
      ['2025-08-31', '<DATE_INVALID>'],
    ])
    expectAll({ ...berlin, ambiguous: 'earlier' }, [
      ['2025-10-26T02:30:00', '2025-10-26T00:30:00.000Z'],
      ['2025-03-30T02:30:00', '2025-03-30T00:30:00.000Z'],
    ])
    expectAll({ ...berlin, ambiguous: 'later' }, [
      ['2025-10-26T02:30:00', '2025-10-26T01:30:00.000Z'],
      ['2025-03-30T02:30:00', '2025-03-30T01:30:00.000Z'],
    ])
    expect(read({ kind: 'timestamp', zone: '+05:30' }, '2025-01-01T05:30:00')).to.equal('2025-01-01T00:00:00.000Z')
  })

  it('take texts of a declared pattern', () => {
    const pattern: Conversion = { kind: 'timestamp', pattern: 'dd/MM/yyyy HH:mm', zone: 'utc' }
    expectAll(pattern, [
      ['13/02/2024 08:05', '2024-02-13T08:05:00.000Z'],
      ['02/13/2024 08:05', '<DATE_INVALID>'],
      ['2024-02-13T08:05:00Z', '<DATE_INVALID>'],
    ])
    expect(read({ kind: 'timestamp', pattern: 'dd/MM/yyyy HH:mm' }, '13/02/2024 08:05')).to.equal('<DATE_ZONE>')
    expect(read({ kind: 'timestamp', pattern: 'dd/MM/yyyy HH:mm ZZ' }, '13/02/2024 08:05 +02:00')).to.equal('2024-02-13T06:05:00.000Z')
    expect(() => compileConversion({ kind: 'timestamp', pattern: 'HH:mm', zone: 'utc' })).to.throw()
  })

  it('pass through what a Date prints, for every instant of four-digit years', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
        (date) => {
          expect(isCanonicalTimestamp(date.toISOString())).to.equal(true)
          expect(parseIso(date.toISOString())?.localMs).to.equal(date.getTime())
          expect(read(timestamp, date)).to.equal(date.toISOString())
        },
      ),
    )
  })

  it('accept a canonical text exactly where its fields are a date', () => {
    const two = (value: number) => String(value).padStart(2, '0')
    const fields = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.nat(14), fc.nat(33), fc.nat(25), fc.nat(61), fc.nat(61))
    fc.assert(
      fc.property(fields, ([year, month, day, hour, minute, second]) => {
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.000Z`
        const date = new Date(text)
        const valid = !Number.isNaN(date.getTime()) && date.toISOString() === text
        expect(read(timestamp, text)).to.equal(valid ? text : '<DATE_INVALID>')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a canonical timestamp', () => {
  it('has a day that its month has', () => {
    for (const year of [0, 4, 1900, 2000, 2023, 2024, 9999]) {
      for (let month = 0; month <= 13; month += 1) {
        for (let day = 0; day <= 32; day += 1) {
          const date = new Date(0)
          date.setUTCFullYear(year, month - 1, day)
          const isThere = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
          const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T23:59:59.999Z`
          expect(isCanonicalTimestamp(text), text).to.equal(isThere)
        }
      }
    }
  })

  it('has no sign more or other', () => {
    const text = '2024-02-29T12:34:56.789Z'
    const sign = fc.constantFrom(...' :-+.TtZz/', '\n', '\0', '٣', '\ud800')
    fc.assert(
      fc.property(fc.nat(text.length), sign, fc.nat(1), (at, other, taken) => {
        const changed = text.slice(0, at) + other + text.slice(at + taken)
        expect(isCanonicalTimestamp(changed)).to.equal(changed === text)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('dates and times of day', () => {
  it('keep the day, and refuse a time of day that would be cut', () => {
    expectAll({ kind: 'date' }, [
      ['1948-12-08', '1948-12-08'],
      ['0099-03-01', '0099-03-01'],
      ['2025-02-30', '<DATE_INVALID>'],
      ['1996-07-04 00:00:00.000', '1996-07-04'],
      ['1996-07-04T10:00:00Z', '<PRECISION>'],
      ['1996-07-04T00:00:00+02:00', '1996-07-04'],
      [new Date('2025-01-01T00:00:00Z'), '2025-01-01'],
      [new Date('2025-01-01T01:00:00Z'), '<PRECISION>'],
    ])
    expect(read({ kind: 'date', zone: 'Europe/Berlin' }, new Date('2024-12-31T23:00:00Z'))).to.equal('2025-01-01')
    expect(read({ kind: 'date', pattern: 'd/M/yyyy' }, '8/12/1948')).to.equal('1948-12-08')
  })

  it('keep times of day', () => {
    expectAll({ kind: 'time' }, [
      ['10:00', '10:00:00'],
      ['23:59:59.5', '23:59:59.500'],
      ['24:00', '<DATE_INVALID>'],
      ['10:60', '<DATE_INVALID>'],
      [1000, '<TYPE>'],
    ])
    expect(read({ kind: 'time', pattern: 'h:mm a' }, '3:05 PM')).to.equal('15:05:00')
  })
})
