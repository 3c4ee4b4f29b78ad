import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { callFerry } from './call-ferry.ts'
import { DIST } from './dist.ts'
import { type ProcessOutcome, runProcess } from './run-process.ts'

/** The command as it is published. */
export const FERRY = join(DIST, 'src/cli/main.js')

/** A folder as a user of the command has one: definition, snapshot, SQLite database. */
export interface CliProject {
  readonly folder: string
  readonly database: string
  /** Runs the command as it is typed: in a process of its own. */
  ferry(...words: string[]): Promise<ProcessOutcome>
  /** The same in this process, much sooner: for what a test arranges, and where it looks at databases and files. See `callFerry`. */
  call(...words: string[]): Promise<ProcessOutcome>
  start(...words: string[]): ChildProcess
  /** First column of the first row. */
  ask(sql: string): unknown
  change(sql: string): void
  drop(): void
}

export interface CliProjectOptions {
  readonly people: number
  /** The first so many people have an age that is no integer. */
  readonly bad?: number
  /** Lines added to the definition. */
  readonly extra?: string
}

/** Makes such a folder: teams and people, people refer to teams. Call `drop` afterwards. */
export function createCliProject(options: CliProjectOptions): CliProject {
  if (!existsSync(FERRY)) throw new Error('the command is not built: npm run build')
  const folder = mkdtempSync(join(tmpdir(), 'ferry-cli-'))
  const database = join(folder, 'target.sqlite')
  const change = (sql: string) => {
    const connection = new Database(database)
    connection.exec(sql)
    connection.close()
  }
  change(`create table teams (id text primary key, name text not null);
    create table people (id text primary key, mail text not null unique, age integer not null, team_id text not null references teams(id))`)
  exportStore(makeStore(options), join(folder, 'store.ferry.ndjson'))
  writeFileSync(join(folder, 'ferry.config.mjs'), definitionText(options.extra ?? ''))
  return {
    folder,
    database,
    change,
    ferry: (...words) => runProcess(process.execPath, [FERRY, ...words], { cwd: folder }),
    call: (...words) => callFerry(folder, words),
    start: (...words) => spawn(process.execPath, [FERRY, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }),
    ask(sql) {
      const connection = new Database(database, { readonly: true })
      try {
        return connection.prepare(sql).pluck().get()
      } finally {
        connection.close()
      }
    },
    drop: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function makeStore({ people, bad = 0 }: CliProjectOptions): object {
  const teams = Array.from({ length: 5 }, (_, at) => [`t${at}`, { name: `Team ${at}` }] as const)
  const members = Array.from(
    { length: people },
    (_, at) => [`p${at}`, { mail: `p${at}@example.org`, age: at < bad ? 'old' : 20 + (at % 50), team: `t${at % 5}` }] as const,
  )
  return { teams: new Map(teams), people: new Map(members) }
}

function definitionText(extra: string): string {
  const library = pathToFileURL(join(DIST, 'src/index.js')).href
  return `import { defineTransfer, field, id, mapping, MemoryStoreAdapter, reference } from '${library}'

export default defineTransfer({
  name: 'staff',
  source: new MemoryStoreAdapter({ file: './store.ferry.ndjson' }),
  target: { config: { client: 'better-sqlite3', connection: { filename: './target.sqlite' }, useNullAsDefault: true } },
  mappings: {
    teams: mapping({ from: 'teams', table: 'teams', columns: { id: id.uuid(), name: field('name').text() } }),
    people: mapping({
      from: 'people',
      table: 'people',
      columns: {
        id: id.uuid(),
        mail: field('mail').text(),
        age: field('age').integer(),
        team_id: reference('teams', (person) => person.team, { missing: 'reject' }),
      },
    }),
  },
  ${extra}
})
`
}
