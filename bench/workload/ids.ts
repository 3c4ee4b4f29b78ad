import { scatter, toInstant } from './scatter.ts'
import { type Collection, listItems, type Workload, type WorkloadItem } from './workload.ts'

interface Author {
  readonly id: string
  readonly name: string
}

interface Post {
  readonly id: string
  readonly author: string
  readonly title: string
}

interface Comment {
  readonly id: string
  readonly post: string
  readonly author: string
  readonly text: string
  readonly writtenAt: string
}

/** Records known by texts become rows numbered by the table, and references follow: 20 comments a post, 40 an author. */
export const workload: Workload = {
  name: 'ids',
  title: 'comments known by texts, with new integer ids and two references',
  form: 'ndjson',
  records: { usual: 200_000, full: 1_000_000 },
  tables: [
    {
      name: 'authors',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'code', type: 'string', length: 40 },
        { name: 'name', type: 'string', length: 80 },
      ],
    },
    {
      name: 'posts',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'author_id', type: 'integer', references: 'authors.id' },
        { name: 'title', type: 'string', length: 80 },
      ],
    },
    {
      name: 'comments',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'post_id', type: 'integer', references: 'posts.id' },
        { name: 'author_id', type: 'integer', references: 'authors.id' },
        { name: 'text', type: 'text' },
        { name: 'written_at', type: 'time' },
      ],
      indexes: [
        { name: 'comments_by_post', columns: ['post_id'] },
        { name: 'comments_by_author', columns: ['author_id'] },
      ],
    },
  ],
  collections(records) {
    const posts = Math.ceil(records / 20)
    const authors = Math.ceil(records / 40)
    const authorIds = new Map<string, number>()
    const postIds = new Map<string, number>()
    let comment = 0
    const listed: readonly [Collection<Author>, Collection<Post>, Collection<Comment>] = [
      {
        name: 'authors',
        items: () => listByText(authors, (n) => ({ id: authorKey(n), name: `Author ${n}` })),
        fills: [{ table: 'authors', row: ({ id: code, name }) => [number(authorIds, code), code, name] }],
      },
      {
        name: 'posts',
        items: () => listByText(posts, (n) => ({ id: postKey(n), author: authorKey(1 + (scatter(n) % authors)), title: `Post ${n}` })),
        fills: [{ table: 'posts', row: ({ id: code, author, title }) => [number(postIds, code), authorIds.get(author) ?? null, title] }],
      },
      {
        name: 'comments',
        items: () => listByText(records, (n) => makeComment(n, { posts, authors })),
        fills: [
          {
            table: 'comments',
            row({ post, author, text, writtenAt }) {
              comment += 1
              return [comment, postIds.get(post) ?? null, authorIds.get(author) ?? null, text, writtenAt]
            },
          },
        ],
      },
    ]
    return listed
  },
  transfer: ({ defineTransfer, field, id, key, mapping, reference }, { source, folder }) =>
    defineTransfer({
      name: 'bench-ids',
      source,
      target: {},
      folder,
      mappings: {
        authors: mapping<Author>({
          from: 'authors',
          table: 'authors',
          columns: { id: id.integer(), code: key().text(), name: field('name').text() },
        }),
        posts: mapping<Post>({
          from: 'posts',
          table: 'posts',
          columns: { id: id.integer(), author_id: reference('authors', 'author'), title: field('title').text() },
        }),
        comments: mapping<Comment>({
          from: 'comments',
          table: 'comments',
          schema: {
            type: 'object',
            required: ['id', 'post', 'author', 'text', 'writtenAt'],
            additionalProperties: false,
            properties: {
              id: { type: 'string', pattern: '^c-[0-9a-z]+$' },
              post: { type: 'string' },
              author: { type: 'string' },
              text: { type: 'string', maxLength: 500 },
              writtenAt: { type: 'string', format: 'date-time' },
            },
          },
          columns: {
            id: id.integer(),
            post_id: reference('posts', 'post'),
            author_id: reference('authors', 'author'),
            text: field('text').text(),
            written_at: field('writtenAt').timestamp(),
          },
        }),
      },
    }),
}

/** The next number for a text, as a script of one's own would give it. */
function number(ids: Map<string, number>, code: string): number {
  const next = ids.size + 1
  ids.set(code, next)
  return next
}

function* listByText<T extends { readonly id: string }>(count: number, make: (n: number) => T): Generator<WorkloadItem<T>> {
  for (const { value } of listItems(count, make)) yield { key: value.id, value }
}

function authorKey(n: number): string {
  return `a-${scatter(n).toString(36)}`
}

function postKey(n: number): string {
  return `p-${scatter(n + 0x10000000).toString(36)}`
}

function makeComment(n: number, { posts, authors }: { posts: number; authors: number }): Comment {
  const mixed = scatter(n)
  return {
    id: `c-${mixed.toString(36)}`,
    post: postKey(1 + (mixed % posts)),
    author: authorKey(1 + (scatter(mixed) % authors)),
    text: `Comment ${mixed.toString(36)}, level ${mixed % 5}: “space was taken”`,
    writtenAt: toInstant(n * 500),
  }
}
