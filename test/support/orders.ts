import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Knex } from 'knex'
import { NdjsonAdapter } from '../../adapters/ndjson-adapter.ts'
import { id, index, item, key, parent } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping } from '../../src/definition/transfer-input.ts'

/** Orders whose lines and tags become rows of two other tables, with every sort of list that an app leaves behind. */
const ORDERS = 1200

type Line = { readonly sku: string; readonly pieces: number }
type Order = { readonly id: number; readonly lines?: readonly Line[] | null; readonly tags?: readonly string[] }

/** Writes `orders.ndjson` into a folder. */
export function writeOrders(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const orders = Array.from({ length: ORDERS }, (_, n) =>
    JSON.stringify({ id: n + 1, ...linesOf(n), tags: ['new', `t${n % 7}`].slice(0, n % 3) }),
  )
  writeFileSync(join(folder, 'orders.ndjson'), `${orders.join('\n')}\n`)
}

function linesOf(n: number): object {
  // A long stretch without a single line: whole batches of it.
  if (n >= 400 && n < 700) return n % 2 === 0 ? {} : { lines: n % 3 === 0 ? null : [] }
  if (n === 5) return { lines: 'none' }
  if (n === 50) return { lines: Array.from({ length: 900 }, (_, at) => ({ sku: `L${at}`, pieces: 1 + (at % 9) })) }
  const line = (at: number) =>
    n % 31 === 0 && at === 1 ? { sku: `s${n}`, pieces: 'many' } : { sku: `s${(n * 7 + at) % 97}`, pieces: 1 + ((n + at) % 5) }
  return { lines: Array.from({ length: n % 6 }, (_, at) => line(at)) }
}

export async function createOrderTables(knex: Knex): Promise<void> {
  await knex.schema.createTable('orders', (table) => {
    table.integer('id').primary()
  })
  await knex.schema.createTable('order_lines', (table) => {
    table.integer('order_id').notNullable().references('orders.id')
    table.integer('position').notNullable()
    table.string('sku', 20).notNullable()
    table.integer('pieces').notNullable()
    table.primary(['order_id', 'position'])
  })
  await createTags(knex, (table) => table.string('id', 36))
}

/** Gives tags ids that are numbers. */
export async function numberTags(knex: Knex): Promise<void> {
  await knex.schema.dropTable('order_tags')
  await createTags(knex, (table) => table.integer('id'))
}

async function createTags(knex: Knex, id: (table: Knex.CreateTableBuilder) => Knex.ColumnBuilder): Promise<void> {
  await knex.schema.createTable('order_tags', (table) => {
    id(table).primary()
    table.integer('order_id').notNullable().references('orders.id')
    table.string('tag', 20).notNullable()
  })
}

/**
 * `numbered`: tags get numbers of their own, which count them through the run. Each line that a worker's thread has looked at leaves a byte in the file that
 * `FERRY_ORDERS_SEEN` names.
 */
export function defineOrders(source: string, folder: string, numbered = false): ResolvedTransfer {
  const seen = process.env.FERRY_ORDERS_SEEN
  return defineTransfer({
    name: 'orders',
    source: new NdjsonAdapter({ path: source, keyFields: { orders: 'id' } }),
    target: {},
    folder,
    batchBytes: 4_000,
    maxRejects: 1000,
    mappings: {
      orders: mapping<Order>({ from: 'orders', table: 'orders', columns: { id: key().integer() } }),
      lines: mapping<Order, Line>({
        from: 'orders',
        each: 'lines',
        table: 'order_lines',
        where: ({ sku }) => {
          if (!isMainThread && seen !== undefined) appendFileSync(seen, '.')
          return sku !== 's13'
        },
        columns: { order_id: parent(), position: index(), sku: item('sku').text(), pieces: item('pieces').integer() },
      }),
      tags: mapping<Order, string>({
        from: 'orders',
        each: 'tags',
        table: 'order_tags',
        columns: { id: numbered ? id.integer() : id.uuid(), order_id: parent(), tag: item().text() },
      }),
    },
  })
}
