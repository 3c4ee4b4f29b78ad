import { pick, scatter, toInstant } from './scatter.ts'
import { type Collection, listItems, type Workload } from './workload.ts'

interface Line {
  readonly product: string
  readonly quantity: number
  readonly price: number
}

interface Order {
  readonly id: number
  readonly orderedAt: string
  readonly lines: readonly Line[]
  readonly tags: readonly string[]
}

const TAGS = ['gift', 'express', 'pickup', 'damaged', 'vip'] as const

/** Lists inside records, each into a table of its own: 5 lines and 1.5 tags an order. */
export const workload: Workload = {
  name: 'lists',
  title: 'orders whose lines and tags become rows of two child tables',
  form: 'ndjson',
  records: { usual: 50_000, full: 250_000 },
  tables: [
    {
      name: 'orders',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'ordered_at', type: 'time' },
      ],
    },
    {
      name: 'order_lines',
      primaryKey: ['order_id', 'position'],
      columns: [
        { name: 'order_id', type: 'integer', references: 'orders.id' },
        { name: 'position', type: 'integer' },
        { name: 'product', type: 'string', length: 40 },
        { name: 'quantity', type: 'integer' },
        { name: 'price_cents', type: 'integer' },
      ],
      indexes: [{ name: 'lines_by_product', columns: ['product'] }],
    },
    {
      name: 'order_tags',
      primaryKey: ['order_id', 'position'],
      columns: [
        { name: 'order_id', type: 'integer', references: 'orders.id' },
        { name: 'position', type: 'integer' },
        { name: 'tag', type: 'string', length: 20 },
      ],
    },
  ],
  collections(records) {
    const orders: Collection<Order> = {
      name: 'orders',
      items: () => listItems(records, makeOrder),
      fills: [
        { table: 'orders', row: ({ id, orderedAt }) => [id, orderedAt] },
        {
          table: 'order_lines',
          rows: ({ id, lines }) =>
            lines.map(({ product, quantity, price }, position) => [id, position, product, quantity, Math.round(price * 100)]),
        },
        { table: 'order_tags', rows: ({ id, tags }) => tags.map((tag, position) => [id, position, tag]) },
      ],
    }
    return [orders]
  },
  transfer: ({ defineTransfer, field, index, item, key, mapping, parent }, { source, folder }) =>
    defineTransfer({
      name: 'bench-lists',
      source,
      target: {},
      folder,
      mappings: {
        orders: mapping<Order>({
          from: 'orders',
          table: 'orders',
          schema: {
            type: 'object',
            required: ['id', 'orderedAt', 'lines', 'tags'],
            additionalProperties: false,
            properties: {
              id: { type: 'integer' },
              orderedAt: { type: 'string', format: 'date-time' },
              lines: { type: 'array' },
              tags: { type: 'array', items: { type: 'string' } },
            },
          },
          columns: { id: key().integer(), ordered_at: field('orderedAt').timestamp() },
        }),
        lines: mapping<Order, Line>({
          from: 'orders',
          each: 'lines',
          table: 'order_lines',
          schema: {
            type: 'object',
            required: ['product', 'quantity', 'price'],
            additionalProperties: false,
            properties: {
              product: { type: 'string', maxLength: 40 },
              quantity: { type: 'integer', minimum: 1 },
              price: { type: 'number', minimum: 0 },
            },
          },
          columns: {
            order_id: parent(),
            position: index(),
            product: item('product').text(),
            quantity: item('quantity').integer(),
            price_cents: item('price').decimal({ scale: 2, scaled: true }),
          },
        }),
        tags: mapping<Order, string>({
          from: 'orders',
          each: 'tags',
          table: 'order_tags',
          columns: { order_id: parent(), position: index(), tag: item().text() },
        }),
      },
    }),
}

function makeOrder(id: number): Order {
  const mixed = scatter(id)
  return {
    id,
    orderedAt: toInstant(id * 1_000),
    lines: Array.from({ length: mixed % 11 }, (_, at) => {
      const line = scatter(mixed + at)
      return { product: `P-${line % 5_000}`, quantity: 1 + (line % 9), price: (line % 50_000) / 100 }
    }),
    tags: Array.from({ length: (mixed >>> 5) % 4 }, (_, at) => pick(TAGS, mixed + at)),
  }
}
