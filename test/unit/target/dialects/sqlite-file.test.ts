import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Row, SqlValue } from '../../../../src/core/row.ts'
import { SqliteFile } from '../../../../src/target/dialects/sqlite-file.ts'
import { withTemporaryFolder } from '../../../support/temporary-folder.ts'

const LONG = ['x'.repeat(32_700), 'x'.repeat(40_000), 'é'.repeat(70_000), '✓'.repeat(64), 'a'.repeat(65)]
const EDGES = [
  0n,
  1n,
  -1n,
  127n,
  128n,
  -128n,
  -129n,
  32_767n,
  32_768n,
  -32_769n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 47n,
  -(2n ** 47n),
  2n ** 53n + 1n,
]
const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 60, maxLength: 300, unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom<SqlValue>('', 5, -0, ...EDGES, ...LONG),
)
const tables = fc
  .integer({ min: 1, max: 40 })
  .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 60 }))

/** What a database gives that the same values were bound to. */
function readBound(rows: readonly Row[], width: number): unknown[] {
  const database = new Database(':memory:')
  database.exec(`create table rows (${Array.from({ length: width }, (_, at) => `c${at}`).join(', ')})`)
  const insert = database.prepare(`insert into rows values (${new Array(width).fill('?').join(', ')})`)
  for (const row of rows) insert.run(row.map((one) => (typeof one === 'boolean' ? BigInt(one) : one)))
  const found = database.prepare('select * from rows order by rowid').raw().safeIntegers().all()
  database.close()
  return found
}

function openFile(path: string, rows: readonly Row[], { width, pageBytes }: { width: number; pageBytes?: number }): Database.Database {
  // Memory of files before, as dirty as it can be.
  const spare = Array.from({ length: 3 }, () => Buffer.alloc(32 * (pageBytes ?? 32_768), 0xaa))
  const made = new SqliteFile(width, pageBytes === undefined ? { spare } : { pageBytes, spare })
  for (const row of rows) made.add(row)
  made.finish((file) => writeFileSync(path, Buffer.concat([...file])))
  return new Database(path, { readonly: true })
}

describe('SqliteFile', () => {
  it('makes a whole database that gives what binding the same values gives', async () => {
    await withTemporaryFolder(async (folder) => {
      fc.assert(
        fc.property(tables, fc.constantFrom(1024, 32_768), (rows, pageBytes) => {
          const width = rows[0]?.length ?? 0
          const database = openFile(join(folder, 'rows.sqlite'), rows, { width, pageBytes })
          try {
            expect(database.pragma('integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
            const found = database.prepare('select * from rows order by rowid').raw().safeIntegers().all()
            expect(found).to.deep.equal(readBound(rows, width))
          } finally {
            database.close()
          }
        }),
      )
    })
  })

  it('makes trees of several levels where pages are small', async () => {
    await withTemporaryFolder(async (folder) => {
      for (const count of [1, 40, 41, 60, 1_000, 9_999, 30_000]) {
        const rows = Array.from({ length: count }, (_, n) => [BigInt(n), 'y'.repeat(n % 1_500)])
        const database = openFile(join(folder, 'rows.sqlite'), rows, { width: 2, pageBytes: 512 })
        try {
          expect(database.pragma('integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
          expect(database.prepare('select c0, c1 from rows order by rowid').raw().safeIntegers().all()).to.deep.equal(rows)
        } finally {
          database.close()
        }
      }
    })
  })
})
