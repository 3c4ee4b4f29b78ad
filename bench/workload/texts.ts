import { pick, scatter, toInstant } from './scatter.ts'
import { type Collection, listItems, type Workload } from './workload.ts'

interface Article {
  readonly id: number
  readonly title: string
  readonly body: string
  readonly writtenAt: string
}

const WORDS = [
  'garage',
  'Straße',
  'ticket',
  'ночь',
  '“kiosk”',
  'level\t2',
  'naïve',
  'gate',
  '駐車場',
  'receipt\n',
  'invoice',
  'exit',
] as const

/** Some 8 kB of text a record, up to 16 kB, in several scripts: what bytes cost. */
export const workload: Workload = {
  name: 'texts',
  title: 'records with a text of about 8 kB',
  form: 'ndjson',
  records: { usual: 20_000, full: 100_000 },
  tables: [
    {
      name: 'articles',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'title', type: 'string', length: 200 },
        { name: 'body', type: 'text' },
        { name: 'written_at', type: 'time' },
      ],
      indexes: [{ name: 'articles_by_time', columns: ['written_at'] }],
    },
  ],
  collections(records) {
    const articles: Collection<Article> = {
      name: 'articles',
      items: () => listItems(records, makeArticle),
      fills: [{ table: 'articles', row: ({ id, title, body, writtenAt }) => [id, title, body, writtenAt] }],
    }
    return [articles]
  },
  transfer: ({ defineTransfer, field, key, mapping }, { source, folder }) =>
    defineTransfer({
      name: 'bench-texts',
      source,
      target: {},
      folder,
      mappings: {
        articles: mapping<Article>({
          from: 'articles',
          table: 'articles',
          schema: {
            type: 'object',
            required: ['id', 'title', 'body', 'writtenAt'],
            additionalProperties: false,
            properties: {
              id: { type: 'integer' },
              title: { type: 'string', minLength: 1, maxLength: 200 },
              body: { type: 'string' },
              writtenAt: { type: 'string', format: 'date-time' },
            },
          },
          columns: {
            id: key().integer(),
            title: field('title').text(),
            body: field('body').text(),
            written_at: field('writtenAt').timestamp(),
          },
        }),
      },
    }),
}

function makeArticle(id: number): Article {
  const words = 200 + (scatter(id) % 1800)
  let body = ''
  for (let word = 0; word < words; word += 1) body += `${pick(WORDS, scatter(id * 4096 + word))} `
  return { id, title: `Notice ${id}`, body, writtenAt: toInstant(id * 60_000) }
}
