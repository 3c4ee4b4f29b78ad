import { field, id, index, item, key, parent, reference } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping, type TransferInput } from '../../src/definition/transfer-input.ts'
import type { Session } from '../../src/target/target.ts'
import { ListSource } from './list-source.ts'

interface Author {
  readonly name: string
  readonly rating: number
  readonly note: string | null
  readonly active: boolean
  readonly favourite: string | null
}

interface Book {
  readonly author: string
  readonly title: string
  readonly pages: number
  readonly price: string
  readonly published: string
  readonly meta: unknown
  readonly tags: readonly string[]
}

/** Tables of a small library: uuid, integer and composite keys, a cycle of two tables, every kind of value that SQLite may mistake. */
export const LIBRARY_TABLES: readonly string[] = [
  `create table authors (id text primary key, code text not null unique, name text not null, rating double not null, note text,
     active integer not null, favourite_id integer references books(id))`,
  `create table books (id integer primary key, isbn text not null unique, author_id text not null references authors(id), title text not null,
     pages integer not null check (pages > 0), price text not null, published text not null, meta text)`,
  'create table book_tags (book_id integer not null references books(id), position integer not null, tag text not null, primary key (book_id, position))',
]

/** Makes the tables. */
export async function makeLibrary(session: Session): Promise<void> {
  for (const sql of LIBRARY_TABLES) await session.run(sql)
}

/** Authors and books by number; texts look like numbers, empty texts stand beside nulls. */
export function libraryRecords(size: { authors: number; books: number }): {
  authors: [string, Author][]
  books: [string, Book][]
} {
  const authors = Array.from({ length: size.authors }, (_, at): [string, Author] => [
    `A${at}`,
    {
      name: at % 7 === 0 ? '' : `Author ${at}`,
      rating: 0.1 + at / 3,
      note: at % 3 === 0 ? null : at % 3 === 1 ? '' : '00123',
      active: at % 2 === 0,
      favourite: at % 4 === 0 ? null : `978-${(at * 5) % size.books}`,
    },
  ])
  const books = Array.from({ length: size.books }, (_, at): [string, Book] => [
    `978-${at}`,
    {
      author: `A${at % size.authors}`,
      title: at % 11 === 0 ? '1E10' : `Title ${at}`,
      pages: 1 + at,
      price: `${at}.${at % 10}5`,
      published: new Date(Date.UTC(1969, 0, 1) + at * 86_400_000 * 40).toISOString(),
      meta: { shelf: at % 9, signed: at % 5 === 0 },
      tags: Array.from({ length: at % 3 }, (_tag, place) => `tag ${place}`),
    },
  ])
  return { authors, books }
}

/** The definition that moves them. */
export function libraryTransfer(
  records: { readonly authors: readonly (readonly [string, unknown])[]; readonly books: readonly (readonly [string, unknown])[] },
  options: Partial<TransferInput> = {},
): ResolvedTransfer {
  return defineTransfer({
    name: 'library',
    source: new ListSource({ authors: records.authors, books: records.books }),
    target: {},
    batchRows: 37,
    mappings: {
      authors: mapping<Author>({
        from: 'authors',
        table: 'authors',
        columns: {
          id: id.uuid(),
          code: key().text(),
          name: field('name').text(),
          rating: field('rating').float(),
          note: field('note').text().optional(),
          active: field('active').boolean(),
          favourite_id: reference('books', 'favourite', { missing: 'null' }).optional(),
        },
      }),
      books: mapping<Book>({
        from: 'books',
        table: 'books',
        columns: {
          id: id.integer(),
          isbn: key().text(),
          author_id: reference('authors', 'author'),
          title: field('title').text(),
          pages: field('pages').integer(),
          price: field('price').decimal(),
          published: field('published').timestamp(),
          meta: field('meta').json().optional(),
        },
      }),
      bookTags: mapping<Book, string>({
        from: 'books',
        each: 'tags',
        table: 'book_tags',
        columns: { book_id: parent(), position: index(), tag: item().text() },
      }),
    },
    ...options,
  })
}
