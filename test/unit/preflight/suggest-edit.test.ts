import { expect } from 'chai'
import type { Reject } from '../../../src/core/reject.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../../../src/definition/transfer.ts'
import { suggestEdit } from '../../../src/preflight/suggest-edit.ts'

const mapping = {
  name: 'sessions',
  columns: {
    check_in_at: { origin: { from: 'field', path: ['checkIn'] }, convert: { kind: 'timestamp' }, optional: false },
    amount: { origin: { from: 'field', path: ['amount'] }, convert: { kind: 'integer' }, optional: false },
    day: { origin: { from: 'field', path: ['day'] }, convert: { kind: 'date' }, optional: false },
    status: { origin: { from: 'field', path: ['status'] }, convert: { kind: 'text' }, optional: false },
  },
} as unknown as ResolvedMapping
const transfer = { mappings: [mapping] } as unknown as ResolvedTransfer

function suggest(code: string, pointer: string, values: readonly unknown[], items = values.length): string {
  const reject: Reject = { mapping: 'sessions', ordinal: 0, key: 'a', stage: 'transform', code, pointer, reason: '', budgeted: true }
  return suggestEdit(transfer, reject, { values, count: values.length, items })
}

describe('suggestEdit', () => {
  it('reads the pattern of dates from the parts above 12', () => {
    expect(suggest('DATE_INVALID', '/checkIn', ['02/01/2024', '13/02/2024'])).to.contain("pattern: 'dd/MM/yyyy'")
    expect(suggest('DATE_INVALID', '/checkIn', ['02-13-2024 10:00'])).to.contain("pattern: 'MM-dd-yyyy HH:mm'")
    expect(suggest('DATE_INVALID', '/checkIn', ['02/01/2024'])).to.match(/dd\/MM\/yyyy.*or MM\/dd\/yyyy: the values do not tell/)
    expect(suggest('DATE_INVALID', '/checkIn', ['13/02/2024', '02/13/2024'])).to.contain('several forms')
    expect(suggest('DATE_INVALID', '/checkIn', ['soon'])).to.contain('no usual pattern')
  })

  it('tells one of the dates and how many there are, and of a date asks no zone', () => {
    expect(suggest('DATE_INVALID', '/checkIn', ['13/02/2024', '14/02/2024'])).to.equal(
      `sessions.check_in_at: "13/02/2024" in 2 records: declare .timestamp({ pattern: 'dd/MM/yyyy', zone: 'UTC' })`,
    )
    expect(suggest('DATE_INVALID', '/day', ['1.2.2024', '13.2.2024'])).to.contain(".date({ pattern: 'd.M.yyyy' })")
  })

  it('knows the forms of real files', () => {
    const forms = {
      '1939, May': 'yyyy, MMMM',
      'Feb 3, 2024': 'MMM d, yyyy',
      '20250831': 'yyyyMMdd',
      '13/02/2024 9:05 PM': 'dd/MM/yyyy h:mm a',
      '2009-04-01T00:00:00-0700': "yyyy-MM-dd'T'HH:mm:ssZZZ",
    }
    for (const [text, pattern] of Object.entries(forms)) expect(suggest('DATE_INVALID', '/checkIn', [text]), text).to.contain(pattern)
  })

  it('warns that a pattern shuts the other forms out', () => {
    expect(suggest('DATE_INVALID', '/checkIn', ['13/02/2024'], 40)).to.contain('39 records have another')
    expect(suggest('DATE_INVALID', '/checkIn', ['13/02/2024'])).to.not.contain('another')
  })

  it('asks for the unit of numbers', () => {
    expect(suggest('TYPE', '/checkIn', [1725062400000])).to.contain("epoch: 'ms'")
  })

  it('names the column and the edit for numbers written as text', () => {
    expect(suggest('TYPE', '/amount', ['12', '-3'])).to.equal(
      'sessions.amount: the values are numbers as text; declare .integer({ parse: true })',
    )
  })

  it('lists the values that an enumeration lacks, each once', () => {
    expect(suggest('ENUM', '/status', ['gone', 'gone', 'lost'])).to.contain('"gone", "lost"')
  })

  it('says nothing where it knows no edit', () => {
    expect(suggest('TRIGGER', '', [])).to.equal('')
  })
})
