import { expect } from 'chai'
import { ParentCensus } from '../../../src/state/parent-census.ts'
import type { Session } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { sketchTables } from '../../support/tables.ts'

const ROWS = 25_000

/** The session, and what it was asked. */
function watch(session: Session): { readonly session: Session; readonly asked: string[] } {
  const asked: string[] = []
  const watched = new Proxy(session, {
    get(inner, name) {
      const member: unknown = Reflect.get(inner, name, inner)
      if (name === 'rows')
        return (...given: Parameters<Session['rows']>) => {
          asked.push(given[0])
          return inner.rows(...given)
        }
      return typeof member === 'function' ? member.bind(inner) : member
    },
  })
  return { session: watched, asked }
}

forEachEngine(
  'the census of parents',
  (db) => {
    const open = async () => {
      const { session, asked } = watch(db().session)
      await session.run('create table rooms (id integer primary key)')
      const ids = Array.from({ length: ROWS }, (_, n) => [n + 1])
      await session.begin()
      await session.insertRows('rooms', ['id'], ids)
      await session.commit()
      const [info] = sketchTables({ rooms: { columns: ['id integer'], primaryKey: ['id'] } }).get('rooms')?.columns ?? []
      if (info === undefined) throw new Error('the table has no column')
      const codec = session.dialect.codec(info, 'integer')
      const census = new ParentCensus(session, { table: 'rooms', column: 'id', codec, compute: (key) => [Number(key)] })
      return { census, asked }
    }

    it('is read once, however many ask for it at once', async () => {
      const { census, asked } = await open()
      const known = await Promise.all(Array.from({ length: 8 }, () => census.open(6_000)))
      expect(asked.filter((sql) => sql.includes('count(*)'))).to.have.length(1)
      expect(asked.filter((sql) => sql.includes('LIMIT 10000') && !sql.includes('WHERE'))).to.have.length(1)
      for (const find of known.slice(1)) {
        expect(Number(find?.(ROWS))).to.equal(ROWS)
        expect(find?.(ROWS + 1)).to.equal(undefined)
      }
    })

    it('is not counted again and again while the table is too large for what was asked', async () => {
      const { census, asked } = await open()
      await db().session.run(`insert into rooms (id) select id + ${ROWS} from rooms`)
      let known = await census.open(0)
      for (let piece = 0; piece < 60 && known === undefined; piece += 1) known = await census.open(500)
      expect(known).not.to.equal(undefined)
      expect(asked.filter((sql) => sql.includes('count(*)'))).to.have.length(2)
    })
  },
  ['sqlite'],
)
