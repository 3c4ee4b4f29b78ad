import { expect } from 'chai'
import { type ScanOptions, scanTable } from '../../src/target/table-rows.ts'
import type { Session, TableInfo } from '../../src/target/target.ts'
import { openRowHash } from '../../src/transform/row-hash.ts'

/** The hashes of a table's rows in the order a scan shows them, and how many of them came as records. */
export async function hashTable(
  session: Session,
  table: TableInfo,
  options: ScanOptions,
): Promise<{ readonly hashes: readonly bigint[]; readonly records: number }> {
  const hash = (await openRowHash())(options.codecs)
  const hashes: bigint[] = []
  let records = 0
  await scanTable(session, table, options, {
    row: (row) => void hashes.push(hash(row.slice(0, options.codecs.length))),
    record: (record) => {
      records += 1
      hashes.push(hash([], record))
    },
  })
  return { hashes, records }
}

/** Expects records, some rows at once, to be hashed as values are. Resolves with how many rows came as records. */
export async function expectAlikeBothWays(
  session: Session,
  table: TableInfo,
  { codecs, rowsAtOnce }: ScanOptions & { readonly rowsAtOnce: number },
): Promise<number> {
  const values = await hashTable(session, table, { codecs })
  const { hashes, records } = await hashTable(session, table, { codecs, rowsAtOnce })
  expect(values.records).to.equal(0)
  expect(hashes).to.deep.equal(values.hashes)
  return records
}
