import { expect } from 'chai'
import type { Row } from '../../../src/core/row.ts'
import { openCheckQuestions } from '../../../src/preflight/check-expressions.ts'
import type { Session } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'

const COLUMNS = ['id', 'status', 'opens', 'closes', 'note']
const STATUSES = ['open', 'closed', 'torn down', '']

/** Every combination of good and bad, in turns, each many times. */
const ROWS: readonly Row[] = Array.from({ length: 1500 }, (_, at) => [
  at,
  STATUSES[at % 4] ?? null,
  at % 7,
  at % 11 === 0 ? null : (at * 3) % 10,
  at % 13 === 0 ? null : 'x'.repeat(at % 5),
])

/** The same session, and the number of rows that it was asked about. */
function countAsked(session: Session): { readonly session: Session; count(): number } {
  let asked = 0
  const watched = new Proxy(session, {
    get(inner, name) {
      const member: unknown = Reflect.get(inner, name, inner)
      if (name === 'rows') {
        return (sql: string, bindings: readonly never[] = []) => {
          asked += bindings.length
          return inner.rows(sql, bindings)
        }
      }
      return typeof member === 'function' ? member.bind(inner) : member
    },
  })
  return { session: watched, count: () => asked }
}

forEachEngine('CHECKs that preflight asks', (db) => {
  it('fail for the rows that the table refuses, and are asked once a value', async () => {
    const { session } = db()
    const create = (checks: string) =>
      `create table doors (id integer primary key, status varchar(20), opens integer, closes integer, note varchar(20)${checks})`
    await session.run(create(", check (status in ('open', 'closed')), check (opens < closes), check (length(note) > 1), check (1 = 1)"))
    const table = await session.dialect.readTable(session, 'doors')
    if (table === undefined) throw new Error('the table is not there')
    const watched = countAsked(session)
    const { unasked, failing } = await openCheckQuestions(watched.session, table, COLUMNS)
    expect(unasked).to.deep.equal([])
    const before = watched.count()
    const told = await failing(ROWS)
    const refused = new Set<number>()
    const insert = session.dialect.insertSql('doors', COLUMNS)
    for (const [at, row] of ROWS.entries()) await session.run(insert, row).catch(() => refused.add(at))
    expect([...told].sort((a, b) => a - b)).to.deep.equal([...refused])
    expect(told.size).to.be.within(1, ROWS.length - 1)
    // 4 statuses, at most 7 * 11 pairs, 6 notes; the constant reads no column, so each row is a value of its own
    expect(watched.count() - before).to.be.at.most(4 + 2 * 77 + 6 + ROWS.length * COLUMNS.length)
    const again = watched.count()
    await failing(ROWS)
    expect(watched.count() - again, 'only what failed is asked again').to.be.at.most(2 + 2 * 77 + 3)
  })
})
