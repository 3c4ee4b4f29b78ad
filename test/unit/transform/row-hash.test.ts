import { expect } from 'chai'
import fc from 'fast-check'
import xxhash from 'xxhash-wasm'
import type { Row } from '../../../src/core/row.ts'
import { dialect } from '../../../src/target/dialects/sqlite.ts'
import type { Codec } from '../../../src/target/target.ts'
import { openRowHash } from '../../../src/transform/row-hash.ts'
import { sketchTables } from '../../support/tables.ts'

const columns = sketchTables({ t: { columns: ['a text?', 'b integer?', 'c text?'], primaryKey: ['a'] } }).get('t')?.columns ?? []
const codecs = columns.map((column) => dialect.codec(column, column.type === 'integer' ? 'bigint' : 'text'))

const rows = fc.tuple(
  fc.option(fc.string({ unit: 'binary' })),
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.option(fc.constantFrom('', '-', '1:a', 'null', '00')),
)

describe('openRowHash', () => {
  it('gives equal rows one hash, and different rows others', async () => {
    const hash = (await openRowHash())(codecs)
    const seen = new Map<bigint, string>()
    fc.assert(
      fc.property(rows, (row: Row) => {
        const text = row.map(String).join('\u0001') + row.map((value) => value === null).join()
        expect(hash([...row])).to.equal(hash(row))
        expect(seen.get(hash(row)) ?? text).to.equal(text)
        seen.set(hash(row), text)
      }),
      { numRuns: 500 },
    )
  })

  it('hashes what canonical says, by whichever way it writes it', async () => {
    const open = await openRowHash()
    const slow = open(codecs.map(({ kind, encode, select, canonical }) => ({ kind, encode, select, canonical })))
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 }))
    const numbers = fc.oneof(
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constantFrom(0, -0, 0.5, 2 ** 60),
    )
    fc.assert(
      fc.property(fc.tuple(fc.option(texts), fc.option(numbers), texts), (row) => {
        expect(open(codecs)(row)).to.equal(slow(row))
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps neighbours, NULL and empty texts apart', async () => {
    const hash = (await openRowHash())(codecs)
    const alike: Row[] = [
      ['ab', null, 'c'],
      ['a', null, 'bc'],
      ['', null, 'abc'],
      [null, null, 'abc'],
      ['abc', null, null],
      ['abc', null, ''],
      ['abc', 0, null],
    ]
    expect(new Set(alike.map(hash)).size).to.equal(alike.length)
  })

  it('gives a row as written and as read back one hash', async () => {
    const hash = (await openRowHash())(codecs)
    expect(hash(['x', 5, null])).to.equal(hash(['x', 5n, null]))
  })

  it('is xxhash64 of the lengths and texts, for ever: rollback reads it months later', async () => {
    const plain: Codec[] = codecs.map((codec) => ({ ...codec, canonical: String }))
    expect((await openRowHash())(plain)(['a', 1n, null])).to.equal((await xxhash()).h64('1:a1:1-'))
    expect((await openRowHash())(plain)(['a', 1n, null]).toString(16)).to.equal('9b8a8db3065e3e5e')
  })
})
