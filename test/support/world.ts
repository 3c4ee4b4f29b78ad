import type { Knex } from 'knex'
import { computed, field, id, index, item, key, parent, reference } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping } from '../../src/definition/transfer-input.ts'
import { SnapshotSource } from '../../src/snapshot/snapshot-source.ts'

interface Team {
  name: string
  lead: string | null
  tags: string[]
}
interface Person {
  team: string
  mail: string
  boss: string | null
  age: number
}
interface Note {
  author: string
  text: string
}

/** A small store with everything that a crash could tear apart: lists into children, cycles, allocated ids, upserts, rows the table refuses. */
export interface World {
  readonly teams: Map<string, Team>
  readonly people: Map<string, Person>
  readonly notes: Map<number, Note>
  readonly settings: Map<string, { value: string }>
}

export const WORLD_TABLES = ['teams', 'team_tags', 'people', 'notes', 'settings'] as const

/** Deterministic; `people` rows in total about 7 times `teams`. */
export function createWorld(teams: number): World {
  const world: World = { teams: new Map(), people: new Map(), notes: new Map(), settings: new Map() }
  for (let n = 0; n < teams; n += 1) {
    const tags = Array.from({ length: n % 4 }, (_, at) => `tag ${at}`)
    world.teams.set(`t${n}`, { name: `Team ${n}`, lead: n % 5 === 0 ? null : `p${n * 5}`, tags })
  }
  for (let n = 0; n < teams * 5; n += 1) {
    // every 17th breaks the CHECK on age, every 23rd repeats the mail of the one before: adjacent bad rows meet at 23 * 17
    const age = n % 17 === 16 ? -1 : 20 + (n % 50)
    const mail = n % 23 === 22 ? `m${n - 1}@example.org` : `m${n}@example.org`
    world.people.set(`p${n}`, { team: `t${n % (teams + 2)}`, mail, boss: n === 0 ? null : `p${n >> 1}`, age })
  }
  for (let n = 0; n < teams * 2; n += 1) world.notes.set(n, { author: `p${n * 2}`, text: n % 9 === 0 ? '' : `Notiz ${n} ✓` })
  for (let n = 0; n < 60; n += 1) world.settings.set(`s${n}`, { value: `new ${n}` })
  return world
}

/** Tables, and rows of the app's own that were there before. */
export async function createTables(knex: Knex): Promise<void> {
  await knex.schema.createTable('teams', (table) => {
    table.string('id', 36).primary()
    table.string('code', 40).notNullable().unique()
    table.string('name', 80).notNullable()
    table.string('lead_id', 36).nullable()
  })
  await knex.schema.createTable('team_tags', (table) => {
    table.string('team_id', 36).notNullable().references('teams.id')
    table.integer('position').notNullable()
    table.string('tag', 40).notNullable()
    table.primary(['team_id', 'position'])
  })
  await knex.schema.createTable('people', (table) => {
    table.string('id', 36).primary()
    table.string('team_id', 36).notNullable().references('teams.id')
    table.string('mail', 80).notNullable().unique()
    table.string('boss_id', 36).nullable().references('people.id')
    table.integer('age').notNullable().checkPositive()
    table.index(['team_id'], 'people_by_team')
  })
  await knex.schema.createTable('notes', (table) => {
    table.increments('id')
    table.string('author_id', 36).nullable().references('people.id')
    table.text('body').notNullable()
  })
  await knex.schema.createTable('settings', (table) => {
    table.string('code', 40).primary()
    table.string('value', 80).notNullable()
  })
  await knex('settings').insert(Array.from({ length: 30 }, (_, n) => ({ code: `s${n * 2}`, value: `old ${n}` })))
}

/** The transfer of such a store; `snapshot` is its file. `mendAge` takes in the ages that the CHECK refuses. */
export function defineWorld(snapshot: string, folder: string, options: { readonly mendAge?: boolean } = {}): ResolvedTransfer {
  return defineTransfer({
    name: 'world',
    source: new SnapshotSource(snapshot),
    target: {},
    mappings: {
      teams: mapping<Team>({
        from: 'teams',
        table: 'teams',
        columns: {
          id: id.uuid(),
          code: key().text(),
          name: field('name').text(),
          lead_id: reference('people', (team: Team) => team.lead, { missing: 'null' }).optional(),
        },
      }),
      teamTags: mapping({
        from: 'teams',
        each: 'tags',
        table: 'team_tags',
        columns: { team_id: parent(), position: index(), tag: item().text() },
      }),
      people: mapping<Person>({
        from: 'people',
        table: 'people',
        columns: {
          id: id.uuid(),
          team_id: reference('teams', (person: Person) => person.team, { missing: 'reject' }),
          mail: field('mail').text(),
          boss_id: reference('people', (person: Person) => person.boss, { missing: 'null' }).optional(),
          age: options.mendAge ? computed((person: Person) => Math.abs(person.age)).integer() : field('age').integer(),
        },
      }),
      notes: mapping<Note>({
        from: 'notes',
        table: 'notes',
        columns: {
          id: id.integer(),
          author_id: reference('people', (note: Note) => note.author, { missing: 'null' }).optional(),
          body: field('text').text(),
        },
      }),
      settings: mapping({
        from: 'settings',
        table: 'settings',
        conflict: 'upsert',
        columns: { code: key().text(), value: field('value').text() },
      }),
    },
    maxRejects: '100%',
    batchRows: 40,
    folder,
  })
}
