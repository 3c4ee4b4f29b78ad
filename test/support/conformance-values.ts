import { expect } from 'chai'
import type { LogicalValue, Row, SqlValue, ValueKind, ValueProblem } from '../../src/core/row.ts'
import type { Session } from '../../src/target/target.ts'
import type { ConformanceContext } from './conformance-context.ts'
import { createValuesTable } from './conformance-tables.ts'

const VALUES: Readonly<Record<Exclude<ValueKind, never>, readonly LogicalValue[]>> = {
  text: ['', ' ', '00123', '1E10', 'NULL', 'TRUE', '2025-08-31', 'käse 🧀', "it's \\ \t\n\r"],
  integer: [0, 1, -1, 2_147_483_647, -2_147_483_648, 7n],
  bigint: [0n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 12],
  float: [0.1, -2.5, 1e300, 5e-324, 123456789.125, 3],
  decimal: ['0', '12.5', '-99999999.1234', '0.0001', '10'],
  boolean: [true, false],
  timestamp: ['2025-08-31T10:20:30.123Z', '1970-01-01T00:00:01.000Z', '2038-01-18T00:00:00.500Z'],
  date: ['2025-08-31', '1969-12-31', '2024-02-29'],
  time: ['00:00:00', '23:59:59'],
  uuid: ['00000000-0000-0000-0000-000000000000', '6ba7b810-9dad-51d1-80b4-00c04fd430c8'],
  bytes: [new Uint8Array(0), new Uint8Array([0, 255, 92, 10, 13, 9]), Buffer.from('text')],
  json: ['{"a":[1,2.5,"x",null,true]}', '[]', '"text"', '{"b":{"c":"ü"}}'],
}

/** The law of values, on the columns Knex declares. */
export function describeValues(context: ConformanceContext): void {
  for (const [kind, values] of Object.entries(VALUES) as [ValueKind, readonly LogicalValue[]][]) {
    it(`reads every ${kind} back as it was meant, from a column Knex declares for it`, async () => {
      await context.session().close()
      await createValuesTable(context.target().knex)
      const session = await context.target().openSession()
      try {
        await expectSameValues(session, kind, values)
      } finally {
        await session.close()
      }
    })
  }
}

async function expectSameValues(session: Session, kind: ValueKind, values: readonly LogicalValue[]): Promise<void> {
  const table = await session.dialect.readTable(session, 'kinds')
  const column = table?.columns.find(({ name }) => name === `v_${kind}`)
  if (column === undefined) throw new Error(`no column for ${kind}`)
  const codec = session.dialect.codec(column, kind)
  const encoded = values.map((value) => codec.encode(value))
  const rows = encoded.map((value, index): [number, Exclude<SqlValue, null>] => {
    if (isProblem(value)) throw new Error(`${String(values[index])}: ${value.code} ${value.reason}`)
    return [index, value]
  })
  await session.begin()
  await session.insertRows('kinds', ['id', column.name], rows)
  await session.commit()
  const found = await session.rows(`SELECT ${codec.select} FROM kinds ORDER BY id`)
  expect(found.map(([value]) => (value === null || value === undefined ? null : codec.canonical(value)))).to.deep.equal(
    rows.map(([, value]) => codec.canonical(value)),
  )
  await expectShownAlike(session, `SELECT id, ${codec.select}, v_text FROM kinds WHERE id > ? OR v_text = ? ORDER BY id`, [0, "it's \\"])
  expect(new Set(rows.map(([, value]) => codec.canonical(value))).size).to.equal(values.length)
}

/** `eachRow`, where a session has it, shows what `rows` returns. */
async function expectShownAlike(session: Session, sql: string, bindings: readonly SqlValue[]): Promise<void> {
  const shown: Row[] = []
  const count = await session.eachRow?.(sql, bindings, 3, (row) => shown.push([...row]))
  if (count === undefined) return
  const returned = await session.rows(sql, bindings)
  expect(returned.length).to.be.above(0)
  expect(shown).to.deep.equal(returned)
  expect(count).to.equal(returned.length)
}

/** By its shape: the test and the dialect may have loaded the class twice. */
function isProblem(value: SqlValue | ValueProblem): value is ValueProblem {
  return typeof value === 'object' && value !== null && 'reason' in value
}
