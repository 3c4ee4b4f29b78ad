import { expect } from 'chai'
import fc from 'fast-check'
import type { Row, SqlValue } from '../../../src/core/row.ts'
import { LoadBytes } from '../../../src/target/dialects/mysql-load-bytes.ts'
import { encodeLoadText } from '../../../src/target/dialects/mysql-load-text.ts'

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\0': '\\0' }

/** The same, said simply. */
function lineOf(row: Row): string {
  return `${row.map(fieldOf).join('\t')}\n`
}

function fieldOf(value: SqlValue): string {
  if (value === null) return '\\N'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return String(value).replace(/[\\\t\n\0]/g, (char) => ESCAPES[char] ?? char)
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '\\', '\t', '\n', '\0', '\r', 'é', '漢', '😀', '\ud800', '\u007f'), maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)
const value: fc.Arbitrary<SqlValue> = fc.oneof(
  text,
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom<SqlValue>(0, -0, 2 ** 53, -1e-7, 1e21, ''),
)
const rows = fc.array(fc.array(value, { maxLength: 6 }), { maxLength: 40 })

describe('LoadBytes', () => {
  it('writes what LOAD DATA reads, value by value, in memory that was used before too', () => {
    let memory: Buffer | undefined
    fc.assert(
      fc.property(rows, (given) => {
        const lines = new LoadBytes(memory)
        for (const row of given) lines.add(row)
        memory = lines.memory
        expect(lines.copy()).to.deep.equal(Buffer.from(given.map(lineOf).join('')))
        expect(lines.count).to.equal(given.length)
      }),
    )
  })

  it('gives many rows in chunks that make the whole', () => {
    const given = Array.from({ length: 5000 }, (_, at): Row => [at, `row ${at} é\t`, null])
    const chunks = [...encodeLoadText(given)]
    expect(chunks.length).to.be.above(1)
    expect(Buffer.concat(chunks)).to.deep.equal(Buffer.from(given.map(lineOf).join('')))
  })
})
