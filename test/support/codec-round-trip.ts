import { expect } from 'chai'
import type { LogicalValue, SqlValue, ValueKind } from '../../src/core/row.ts'
import { ValueProblem } from '../../src/core/row.ts'
import type { Codec, Session } from '../../src/target/target.ts'
import { expectAlikeBothWays } from './read-both-ways.ts'

/** One column of the table `law`, and what is tried in it. */
export interface LawColumn {
  readonly type: string
  readonly kind: ValueKind
  readonly accepted: readonly LogicalValue[]
  /** Values with the code of their problem. */
  readonly refused: readonly (readonly [LogicalValue, string])[]
}

/** Makes the table `law` with one column and gives its codec. */
export async function makeLawTable(session: Session, type: string, kind: ValueKind): Promise<Codec> {
  await session.run('drop table if exists law')
  await session.run(`create table law (id integer primary key, value ${type})`)
  const table = await session.dialect.readTable(session, 'law')
  const column = table?.columns[1]
  if (column === undefined) throw new Error('the table law has no second column')
  return session.dialect.codec(column, kind)
}

/** Writes what the codec makes of the values, in bulk and by single inserts, and expects the same canonical texts back. */
export async function expectRoundTrip(session: Session, codec: Codec, values: readonly LogicalValue[]): Promise<void> {
  const stored = values.map((value) => {
    const encoded = codec.encode(value)
    if (encoded instanceof ValueProblem) throw new Error(`refused ${String(value)}: ${encoded.code} ${encoded.reason}`)
    return encoded
  })
  const wanted = stored.map((value) => codec.canonical(value))
  for (const way of ['bulk', 'single'] as const) {
    await session.run('delete from law')
    await session.begin()
    await write(session, stored, way)
    await session.commit()
    const back = await session.rows(`select ${codec.select} from law order by id`)
    expect(
      back.map(([value]) => (value === null || value === undefined ? null : codec.canonical(value))),
      way,
    ).to.deep.equal(wanted)
  }
  await expectSameRecords(session, codec, values.length)
}

/** Records of the table `law` are those of its values, between other columns too, in whatever pages. */
async function expectSameRecords(session: Session, codec: Codec, rows: number): Promise<void> {
  const table = await session.dialect.readTable(session, 'law')
  const id = table?.columns[0]
  if (table === undefined || id === undefined) throw new Error('the table law has no columns')
  const codecs = [codec, session.dialect.codec(id, 'integer'), codec]
  for (const rowsAtOnce of [3, 100]) {
    const records = await expectAlikeBothWays(session, table, { codecs, rowsAtOnce })
    if (session.dialect.engine !== 'sqlite') expect(records).to.equal(rows)
  }
}

async function write(session: Session, stored: readonly Exclude<SqlValue, null>[], way: 'bulk' | 'single'): Promise<void> {
  const rows = stored.map((value, index) => [index, value])
  if (way === 'bulk') return session.insertRows('law', ['id', 'value'], rows)
  for (const row of rows) await session.run(session.dialect.insertSql('law', ['id', 'value']), row)
}

/** Accepted values round-trip, refused ones carry their code. */
export async function expectLaw(session: Session, column: LawColumn): Promise<void> {
  const codec = await makeLawTable(session, column.type, column.kind)
  await expectRoundTrip(session, codec, column.accepted)
  for (const [value, code] of column.refused) {
    const problem = codec.encode(value)
    expect(problem instanceof ValueProblem ? problem.code : `accepted ${String(value)}`, `${column.type} ${String(value)}`).to.equal(code)
  }
}
