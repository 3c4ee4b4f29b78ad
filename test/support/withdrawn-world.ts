import type { Knex } from 'knex'
import { field, id, key, reference } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping } from '../../src/definition/transfer-input.ts'
import { SnapshotSource } from '../../src/snapshot/snapshot-source.ts'
import type { EngineName, Session } from '../../src/target/target.ts'

/** `indexed`: a table with indexes of every sort; `ring`: two tables that need one another, NOT NULL. */
export type WithdrawnWorld = 'indexed' | 'ring'

export const WITHDRAWN_TABLES: Readonly<Record<WithdrawnWorld, readonly string[]>> = {
  indexed: ['rooms', 'visits'],
  ring: ['hens', 'eggs'],
}

/** Deterministic stores of some hundred records. */
export function createWithdrawnStore(world: WithdrawnWorld): object {
  const range = (length: number) => Array.from({ length }, (_, n) => n)
  if (world === 'ring') {
    const links = range(40).map((n) => [`k${n}`, { next: `k${(n * 11 + 1) % 40}` }] as const)
    return { hens: new Map(links), eggs: new Map(links) }
  }
  return {
    rooms: new Map(range(12).map((n) => [`r${n}`, { name: `Room ${n}` }])),
    visits: new Map(range(90).map((n) => [`v${n}`, { room: `r${n % 12}`, guest: `Gast ${n % 31}`, hour: n % 24 }])),
  }
}

/** The tables of a world, empty. */
export async function createWithdrawnTables(knex: Knex, world: WithdrawnWorld, engine: EngineName): Promise<void> {
  if (world === 'ring') return createRing(knex, engine)
  await knex.schema.createTable('rooms', (table) => {
    table.string('id', 36).primary()
    table.string('name', 40).notNullable()
  })
  await knex.schema.createTable('visits', (table) => {
    table.string('id', 36).primary()
    table.string('code', 20).notNullable().unique()
    table.string('room_id', 36).notNullable().references('rooms.id')
    // MySQL makes an index of the key's own name for it.
    table.string('next_id', 36).notNullable().references('rooms.id').onDelete('CASCADE')
    table.string('guest', 40).notNullable()
    table.integer('hour').notNullable()
    table.index(['room_id'], 'visits_by_room')
    table.index(['guest', 'hour'], 'visits_by_guest')
  })
  await knex.raw(
    engine === 'mysql'
      ? 'create index visits_by_hour on visits (hour desc, guest(5))'
      : `create index visits_by_hour on visits (hour desc)${engine === 'postgres' ? ' include (code) where hour > 3' : ' where hour > 3'}`,
  )
}

async function createRing(knex: Knex, engine: EngineName): Promise<void> {
  const [a, b] = WITHDRAWN_TABLES.ring
  for (const [name, next] of [
    [a, b],
    [b, a],
  ]) {
    const inline = engine === 'sqlite' ? ` references ${next}(id)` : ''
    await knex.raw(`create table ${name} (id varchar(36) primary key, code varchar(20) not null, next_id varchar(36) not null${inline})`)
  }
  if (engine === 'sqlite') return
  const rule = engine === 'postgres' ? ' on delete restrict deferrable' : ''
  await knex.raw(`alter table hens add constraint hens_next foreign key (next_id) references eggs(id)${rule}`)
  await knex.raw('alter table eggs add constraint eggs_next foreign key (next_id) references hens(id)')
}

/** The transfer of a world's snapshot. */
export function defineWithdrawn(world: WithdrawnWorld, snapshot: string, folder: string): ResolvedTransfer {
  const common = { source: new SnapshotSource(snapshot), target: {}, folder, batchRows: 15 }
  if (world === 'ring') {
    const link = (from: string, to: string) =>
      mapping<{ next: string }>({
        from,
        table: from,
        columns: { id: id.uuid(), code: key().text(), next_id: reference(to, (value: { next: string }) => value.next) },
      })
    return defineTransfer({ ...common, name: 'ring', mappings: { hens: link('hens', 'eggs'), eggs: link('eggs', 'hens') } })
  }
  return defineTransfer({
    ...common,
    name: 'indexed',
    mappings: {
      rooms: mapping<{ name: string }>({ from: 'rooms', table: 'rooms', columns: { id: id.uuid(), name: field('name').text() } }),
      visits: mapping<{ room: string; guest: string; hour: number }>({
        from: 'visits',
        table: 'visits',
        columns: {
          id: id.uuid(),
          code: key().text(),
          room_id: reference('rooms', 'room'),
          next_id: reference('rooms', (visit: { room: string }) => visit.room),
          guest: field('guest').text(),
          hour: field('hour').integer(),
        },
      }),
    },
  })
}

/** Every index and foreign key of the world's tables, with the text that makes it: equal texts are equal schemas. */
export async function readRules(session: Session, world: WithdrawnWorld): Promise<string> {
  const parts: unknown[] = []
  for (const name of WITHDRAWN_TABLES[world]) {
    const table = await session.dialect.readTable(session, name)
    const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1)
    parts.push({ name, indexes: [...(table?.indexes ?? [])].sort(byName), links: [...(table?.foreignKeys ?? [])].sort(byName) })
  }
  return JSON.stringify(parts, undefined, 1)
}
