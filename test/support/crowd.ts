import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { NdjsonAdapter } from '../../adapters/ndjson-adapter.ts'
import { field, key, reference } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping } from '../../src/definition/transfer-input.ts'
import type { Session } from '../../src/target/target.ts'

interface Person {
  readonly id: number
  readonly code: string
  readonly nick: string | null
  readonly age: unknown
  readonly group: number | null
}

const GROUPS = 1200

/** A file of groups and one of people who belong to them, so many that a forecast leaves some to threads; about one in `oddEvery` breaks a rule. */
export function writeCrowd(folder: string, people: number, oddEvery: number): void {
  mkdirSync(folder, { recursive: true })
  const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')
  const groups = Array.from({ length: GROUPS }, (_, at) => ({ id: at + 1, name: at % 400 === 399 ? null : `group ${at + 1}` }))
  writeFileSync(join(folder, 'groups.ndjson'), lines(groups))
  writeFileSync(join(folder, 'people.ndjson'), lines(Array.from({ length: people }, (_, at) => person(at, oddEvery))))
}

function person(at: number, oddEvery: number): Person {
  const sound = { id: at + 1, code: `code ${at}`, nick: at % 7 === 0 ? null : `nick é ${at}`, age: at % 90, group: 1 + (at % GROUPS) }
  if (at % oddEvery !== oddEvery - 1) return sound
  const oddities: readonly Partial<Person>[] = [
    { code: `CODE ${at - 3}` },
    { code: `code ${at - 1300}` },
    { nick: `nick é ${at - 40}` },
    { age: -1 },
    { age: 'old' },
    { age: null },
    { group: GROUPS + 5 },
    { group: null },
    { group: 400 },
  ]
  return { ...sound, ...oddities[Math.floor(at / oddEvery) % oddities.length] }
}

/** SQLite folds the unique codes, and has the CHECK that a thread asks over a connection of its own. */
export async function makeCrowdTables(session: Session): Promise<void> {
  const isSqlite = session.dialect.engine === 'sqlite'
  await session.run('create table crowd_groups (id integer primary key, name varchar(60) not null)')
  await session.run(`create table people (id integer primary key, code varchar(60) not null ${isSqlite ? 'collate nocase' : ''} unique,
    nick varchar(60) unique, age integer not null ${isSqlite ? 'check (age >= 0)' : ''}, group_id integer,
    foreign key (group_id) references crowd_groups(id))`)
}

/** Each person that a worker's thread has looked at leaves a byte in the file that `FERRY_CROWD_SEEN` names. */
export function defineCrowd(source: string, folder: string): ResolvedTransfer {
  const seen = process.env.FERRY_CROWD_SEEN
  return defineTransfer({
    name: 'crowd',
    source: new NdjsonAdapter({ path: source }),
    target: {},
    folder,
    batchRows: 100,
    maxRejects: 1_000_000,
    mappings: {
      groups: mapping<{ name: string }>({
        from: 'groups',
        table: 'crowd_groups',
        columns: { id: key().integer(), name: field('name').text() },
      }),
      people: mapping<Person>({
        from: 'people',
        table: 'people',
        where: ({ id }) => {
          if (!isMainThread && seen !== undefined) appendFileSync(seen, '.')
          return id % 50 !== 0
        },
        columns: {
          id: key().integer(),
          code: field('code').text(),
          nick: field('nick').text().optional(),
          age: field('age').integer(),
          group_id: reference('groups', 'group', { missing: 'null' }).optional(),
        },
      }),
    },
  })
}
