import { expect } from 'chai'
import type { Reject } from '../../../src/core/reject.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../../../src/definition/transfer.ts'
import { suggestEdit } from '../../../src/preflight/suggest-edit.ts'

const mapping = {
  name: 'sessions',
  columns: {
    check_in_at: { origin: { from: 'field', path: ['checkIn'] }, convert: { kind: 'timestamp' }, optional: false },
    amount: { origin: { from: 'field', path: ['amount'] }, convert: { kind: 'integer' }, optional: false },
    status: { origin: { from: 'field', path: ['status'] }, convert: { kind: 'text' }, optional: false },
  },
} as unknown as ResolvedMapping
const transfer = { mappings: [mapping] } as unknown as ResolvedTransfer

function suggest(code: string, pointer: string, values: readonly unknown[]): string {
  const reject: Reject = { mapping: 'sessions', ordinal: 0, key: 'a', stage: 'transform', code, pointer, reason: '', budgeted: true }
  return suggestEdit(transfer, reject, values)
}

describe('suggestEdit', () => {
  it('reads the pattern of dates from the parts above 12', () => {
    expect(suggest('DATE_INVALID', '/checkIn', ['02/01/2024', '13/02/2024'])).to.contain("pattern: 'dd/MM/yyyy'")
    expect(suggest('DATE_INVALID', '/checkIn', ['02-13-2024 10:00'])).to.contain("pattern: 'MM-dd-yyyy HH:mm'")
    expect(suggest('DATE_INVALID', '/checkIn', ['02/01/2024'])).to.contain('the values do not tell')
    expect(suggest('DATE_INVALID', '/checkIn', ['13/02/2024', '02/13/2024'])).to.contain('mixed')
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
