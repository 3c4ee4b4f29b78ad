import type { Row, SqlValue } from '../../src/core/row.ts'
import type { Session } from '../../src/target/target.ts'

/** What was done to which table. */
export interface Plant {
  readonly kind: string
  readonly table: string
}

type Chance = (below: number) => number

/** Numbers below a bound, the same for the same seed (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const TABLES = ['authors', 'books', 'book_tags'] as const
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  authors: ['code', 'name', 'note'],
  books: ['isbn', 'title', 'price', 'published', 'meta'],
  book_tags: ['tag'],
}
const NUMBERS: Readonly<Record<string, readonly string[]>> = { authors: ['rating', 'active'], books: ['pages'], book_tags: ['position'] }

type Planter = (session: Session, chance: Chance) => Promise<Plant>

/** Every kind of damage to the library's tables, each inside the caller's transaction. */
export const PLANTERS: Readonly<Record<string, Planter>> = {
  changedText: async (session, chance) => {
    const { table, column } = pick(chance, TEXTS)
    await update(session, { table, row: await anyRow(session, chance, table), set: `${column} = coalesce(${column}, '') || 'x'` })
    return { kind: 'changedText', table }
  },
  changedNumber: async (session, chance) => {
    const { table, column } = pick(chance, NUMBERS)
    await update(session, { table, row: await anyRow(session, chance, table), set: `${column} = ${column} + 1000` })
    return { kind: 'changedNumber', table }
  },
  deletedRow: async (session, chance) => {
    const table = TABLES[chance(TABLES.length)] ?? 'books'
    await session.run(`delete from ${table} where rowid = ?`, [await anyRow(session, chance, table)])
    return { kind: 'deletedRow', table }
  },
  extraRow: async (session, chance) => {
    const copies = {
      authors: `insert into authors select 'x' || id, 'x' || code, name, rating, note, active, favourite_id from authors where rowid = ?`,
      books: `insert into books select id + 100000, 'x' || isbn, author_id, title, pages, price, published, meta from books where rowid = ?`,
      book_tags: 'insert into book_tags select book_id, position + 100, tag from book_tags where rowid = ?',
    }
    const table = TABLES[chance(TABLES.length)] ?? 'books'
    await session.run(copies[table], [await anyRow(session, chance, table)])
    return { kind: 'extraRow', table }
  },
  swappedPair: async (session, chance) => {
    const columns = { authors: ['name', 'rating', 'favourite_id'], books: ['title', 'pages', 'author_id', 'price'], book_tags: ['tag'] }
    const { table, column } = pick(chance, columns)
    const [one, two] = await twoRows(session, chance, { table, column })
    if (one === undefined || two === undefined) throw new Error(`no two rows of ${table} differ in ${column}`)
    await session.run(`update ${table} set ${column} = ? where rowid = ?`, [two[1] ?? null, one[0] ?? null])
    await session.run(`update ${table} set ${column} = ? where rowid = ?`, [one[1] ?? null, two[0] ?? null])
    return { kind: 'swappedPair', table }
  },
  lastDigit: async (session, chance) => {
    const row = await anyRow(session, chance, 'authors')
    const [found] = await session.rows('select rating from authors where rowid = ?', [row])
    await session.run('update authors set rating = ? where rowid = ?', [nextAfter(Number(found?.[0])), row])
    return { kind: 'lastDigit', table: 'authors' }
  },
  emptiedTable: async (session, chance) => {
    const table = TABLES[chance(TABLES.length)] ?? 'books'
    await session.run(`delete from ${table}`)
    return { kind: 'emptiedTable', table }
  },
  nullForEmpty: async (session, chance) => {
    const rows = await session.rows(`select rowid from authors where note = ''`)
    await session.run('update authors set note = null where rowid = ?', [rows[chance(rows.length)]?.[0] ?? null])
    return { kind: 'nullForEmpty', table: 'authors' }
  },
  emptyForNull: async (session, chance) => {
    const rows = await session.rows('select rowid from authors where note is null')
    await session.run(`update authors set note = '' where rowid = ?`, [rows[chance(rows.length)]?.[0] ?? null])
    return { kind: 'emptyForNull', table: 'authors' }
  },
  changedType: async (session, chance) => {
    const { table, column } = pick(chance, { authors: ['name'], books: ['title', 'price', 'published'], book_tags: ['tag'] })
    await update(session, { table, row: await anyRow(session, chance, table), set: `${column} = cast(${column} as blob)` })
    return { kind: 'changedType', table }
  },
  strayLink: async (session, chance) => {
    const rows = await session.rows('select rowid from authors where favourite_id is null')
    await session.run('update authors set favourite_id = (select min(id) from books) where rowid = ?', [
      rows[chance(rows.length)]?.[0] ?? null,
    ])
    return { kind: 'strayLink', table: 'authors' }
  },
  lostLink: async (session, chance) => {
    const rows = await session.rows('select rowid from authors where favourite_id is not null')
    await session.run('update authors set favourite_id = null where rowid = ?', [rows[chance(rows.length)]?.[0] ?? null])
    return { kind: 'lostLink', table: 'authors' }
  },
}

function pick(chance: Chance, columns: Readonly<Record<string, readonly string[]>>): { table: string; column: string } {
  const table = TABLES[chance(TABLES.length)] ?? 'books'
  const names = columns[table] ?? []
  return { table, column: names[chance(names.length)] ?? '' }
}

async function anyRow(session: Session, chance: Chance, table: string): Promise<SqlValue> {
  const rows = await session.rows(`select rowid from ${table}`)
  return rows[chance(rows.length)]?.[0] ?? null
}

/** Rowid and value of two rows that differ in a column. */
async function twoRows(session: Session, chance: Chance, { table, column }: { table: string; column: string }): Promise<readonly Row[]> {
  const rows = await session.rows(`select rowid, ${column} from ${table} where ${column} is not null`)
  const one = rows[chance(rows.length)]
  const others = rows.filter((row) => row[1] !== one?.[1])
  const two = others[chance(others.length)]
  return one === undefined || two === undefined ? [] : [one, two]
}

async function update(session: Session, what: { table: string; row: SqlValue; set: string }): Promise<void> {
  await session.run(`update ${what.table} set ${what.set} where rowid = ?`, [what.row])
}

/** The next double above a positive one. */
function nextAfter(value: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + 1n)
  return view.getFloat64(0)
}
