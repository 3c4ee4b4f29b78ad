import type { Item } from '../../src/core/record.ts'
import { computed, field, id, index, item, key, parent, reference } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { Conflict, ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping } from '../../src/definition/transfer-input.ts'
import type { Session } from '../../src/target/target.ts'
import { ListSource } from './list-source.ts'

interface Member {
  readonly nick: string
  readonly mail: string | null
  readonly age: unknown
  readonly group: string | null
  readonly sponsor: string | null
  readonly level?: number
  readonly hidden?: boolean
  readonly badges?: readonly string[]
}

/** Tables with every rule a row can break: unique (on SQLite under NOCASE), NOT NULL, CHECK, a foreign key filled from a field, a self reference. */
export async function makeMessy(session: Session): Promise<void> {
  const folded = session.dialect.engine === 'sqlite' ? 'collate nocase' : ''
  await session.run(`create table teams (id integer primary key, name varchar(60) not null ${folded} unique)`)
  await session.run('create table levels (id integer primary key, name varchar(60) not null)')
  await session.run("insert into levels (id, name) values (1, 'one'), (2, 'two')")
  await session.run(`create table members (id varchar(60) primary key, nick varchar(60) not null ${folded} unique, mail varchar(12) unique,
    age integer not null check (age between 0 and 120), team_id integer, level_id integer, sponsor_id varchar(60),
    foreign key (team_id) references teams(id), foreign key (level_id) references levels(id), foreign key (sponsor_id) references members(id))`)
  await session.run(`create table badges (member_id varchar(60) not null, position integer not null, name varchar(60) not null,
    primary key (member_id, position), unique (member_id, name), foreign key (member_id) references members(id))`)
}

/** Rows that stand in the tables before a run: some that its items will meet. */
export async function fillMessy(session: Session): Promise<void> {
  await session.run("insert into teams (id, name) values (1, 'Team 3'), (2, 'elsewhere')")
  await session.run("insert into members (id, nick, mail, age) values ('m1', 'NICK 5', null, 30), ('m2', 'other', 'mail 9', 31)")
}

/** Records of which about a third break some rule; `chance(n)` gives whole numbers below n. */
export function messyRecords(count: number, chance: (below: number) => number): { teams: Item[]; members: Item[] } {
  const teams = Array.from(
    { length: 12 },
    (_, at): Item => ({ key: `t${at}`, value: { name: at === 7 ? 'TEAM 4' : at === 9 ? null : `team ${at}` } }),
  )
  const members = Array.from({ length: count }, (_, at): Item => {
    const number = chance(10) === 0 ? chance(count) : at
    if (chance(40) === 0) return { key: `m${at}`, unreadable: { raw: '{', reason: 'not JSON' } }
    return { key: `m${number}`, value: messyMember({ at, number, count }, chance) }
  })
  return { teams, members: withoutRivalLinks(members) }
}

/** Items that share a key with one another, or with a row that was there, have no links: which of them may link the row is another question. */
function withoutRivalLinks(members: readonly Item[]): Item[] {
  const seen = new Map<unknown, number>([
    ['m1', 1],
    ['m2', 1],
  ])
  for (const { key } of members) seen.set(key, (seen.get(key) ?? 0) + 1)
  return members.map((member) =>
    'value' in member && (seen.get(member.key) ?? 0) > 1 ? { ...member, value: { ...(member.value as Member), sponsor: null } } : member,
  )
}

function messyMember({ at, number, count }: { at: number; number: number; count: number }, chance: (below: number) => number): Member {
  const ages: readonly unknown[] = [-1, 121, '44', null, 12.5]
  const nick = chance(12) === 0 ? `Nick ${chance(count)}` : `nick ${at}`
  return {
    nick,
    mail: chance(5) === 0 ? null : chance(15) === 0 ? 'much too long for it' : `mail ${chance(20) === 0 ? chance(count) : number}`,
    age: chance(10) === 0 ? ages[chance(ages.length)] : at % 121,
    group: chance(6) === 0 ? null : `t${chance(14)}`,
    sponsor: chance(3) === 0 ? null : `m${chance(count + 5)}`,
    ...(chance(4) === 0 ? {} : { level: 1 + chance(3) }),
    ...(chance(15) === 0 ? { hidden: true } : {}),
    ...(chance(3) === 0 ? {} : { badges: Array.from({ length: chance(4) }, () => `badge ${chance(4)}`) }),
  }
}

/** Moves them; `conflict` is that of the members. */
export function messyTransfer(
  records: { readonly teams: readonly Item[]; readonly members: readonly Item[] },
  conflict: Conflict,
): ResolvedTransfer {
  return defineTransfer({
    name: 'messy',
    source: new ListSource({ teams: records.teams, members: records.members }),
    target: {},
    batchRows: 23,
    maxRejects: 1_000_000,
    mappings: {
      teams: mapping<{ name: string }>({ from: 'teams', table: 'teams', columns: { id: id.integer(), name: field('name').text() } }),
      members: mapping<Member>({
        from: 'members',
        table: 'members',
        where: (member) => member.hidden !== true,
        conflict,
        match: conflict === 'insert' ? [] : ['nick'],
        columns: {
          id: key().text(),
          nick: field('nick').text(),
          mail: field('mail').text().optional(),
          age: computed((member: Member) => member.age).integer(),
          team_id: reference('teams', 'group', { missing: 'null' }).optional(),
          level_id: field('level').integer().optional(),
          // a skipped row is never touched, so a skipping mapping may have no links that are filled later
          ...(conflict === 'skip' ? {} : { sponsor_id: reference('members', 'sponsor', { missing: 'reject' }).optional() }),
        },
      }),
      badges: mapping<Member, string>({
        from: 'members',
        each: 'badges',
        table: 'badges',
        columns: { member_id: parent(), position: index(), name: item().text() },
      }),
    },
  })
}
