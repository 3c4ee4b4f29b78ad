import { expect } from 'chai'
import type { ValueKind } from '../../../src/core/row.ts'
import { hasScatteredKeys } from '../../../src/run/scattered-keys.ts'
import type { IndexInfo } from '../../../src/target/target.ts'
import { sketchTables } from '../../support/tables.ts'

const COLUMNS = { id: 'integer', code: 'text', at: 'timestamp', ref: 'uuid' } as const satisfies Record<string, ValueKind>

function isScattered(
  primaryKey: readonly string[],
  indexes: readonly Pick<IndexInfo, 'columns' | 'unique'>[] = [],
  columns = Object.keys(COLUMNS),
) {
  const table = sketchTables({ t: { columns: Object.keys(COLUMNS), primaryKey: [...primaryKey] } }).get('t')
  if (table === undefined) throw new Error('there is no table')
  const kinds = columns.map((name) => COLUMNS[name as keyof typeof COLUMNS])
  return hasScatteredKeys({ table: { ...table, indexes: indexes.map((index) => ({ name: 'i', ...index })) }, columns, kinds })
}

describe('hasScatteredKeys', () => {
  it('is so for uuids and texts in a primary or unique key', () => {
    expect(isScattered(['ref'])).to.equal(true)
    expect(isScattered(['id', 'code'])).to.equal(true)
    expect(isScattered(['id'], [{ columns: ['code'], unique: true }])).to.equal(true)
  })

  it('is not so for numbers and times, for other indexes, and for columns that the step does not fill', () => {
    expect(isScattered(['id'])).to.equal(false)
    expect(isScattered(['id', 'at'])).to.equal(false)
    expect(isScattered(['id'], [{ columns: ['code'], unique: false }])).to.equal(false)
    expect(isScattered(['ref'], [], ['id', 'at'])).to.equal(false)
    expect(isScattered([])).to.equal(false)
  })
})
