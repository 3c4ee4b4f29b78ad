import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineName } from './beds/bed.ts'
import type { Task } from './contestants/contestant.ts'
import type { Command } from './measure/run-process.ts'
import { INDEXES } from './workload/tables.ts'
import type { Workload } from './workload/write-workload.ts'

export interface Contestant {
  readonly name: string
  readonly engine: EngineName
  /** Printed below the table. */
  readonly what: string
  /** Writes one line of JSON about itself (our own scripts); else only the process is measured. */
  readonly tells: boolean
  /** Part of a full bench only. */
  readonly onlyFull: boolean
  command(place: { readonly database: string; readonly folder: string; readonly workload: Workload }): Command
}

/** Everyone who can run on this machine; the first of each engine is what the others are measured against. */
export function listContestants(built: string): readonly Contestant[] {
  const script =
    (file: string, flags: readonly string[] = []): Contestant['command'] =>
    (place) => {
      const { database, folder, workload } = place
      const task: Task = { source: workload.folder, database, folder, sessions: workload.sizes.sessions, flags }
      return { program: process.execPath, args: [join(built, 'bench/contestants', file), JSON.stringify(task)] }
    }
  const own = (
    name: string,
    engine: EngineName,
    rest: { what: string; file: string; flags?: readonly string[]; full?: boolean },
  ): Contestant => ({
    name,
    engine,
    what: rest.what,
    tells: true,
    onlyFull: rest.full ?? false,
    command: script(rest.file, rest.flags),
  })
  const ours = (engine: EngineName, full: boolean): Contestant[] => [
    own('ferry', engine, {
      file: 'ours.js',
      what: 'every check of the load on, a worker thread a processor; preflight pass, verification and backup apart',
      full,
    }),
    own('ferry, one thread', engine, { file: 'ours.js', flags: ['workers=0'], what: 'the same without worker threads', full }),
    own('ferry + verify', engine, { file: 'ours.js', flags: ['verify'], what: 'the same, then every row verified', full }),
    own('ferry + preflight', engine, { file: 'ours.js', flags: ['preflight'], what: 'every record forecast first', full }),
  ]
  const batchInsert = (engine: EngineName) =>
    own('knex.batchInsert', engine, {
      file: 'batch-insert.js',
      what: "an app's own script: readline, JSON.parse, batchInsert of 500",
      full: engine !== 'sqlite',
    })
  return [
    own('bare loop', 'sqlite', {
      file: 'bare-loop.js',
      what: 'JSON.parse and a prepared insert of better-sqlite3, one transaction, no check',
    }),
    ...ours('sqlite', false),
    batchInsert('sqlite'),
    ...(hasProgram('sqlite3') ? [sqliteImport] : []),
    ...(hasProgram('psql') ? [psqlCopy] : []),
    ...ours('postgres', true),
    batchInsert('postgres'),
    ...(hasProgram('pgloader') ? [pgloader] : []),
    ...(hasProgram('mariadb') ? [loadData] : []),
    ...ours('mysql', true),
    batchInsert('mysql'),
  ]
}

function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
}

const sqliteImport: Contestant = {
  name: 'sqlite3 .import',
  engine: 'sqlite',
  what: "the engine's own tool from a ready CSV, indexes after",
  tells: false,
  onlyFull: false,
  command: ({ database, workload: { csv } }) => ({
    program: 'sqlite3',
    args: [database],
    input: [
      ...INDEXES.map(({ name }) => `drop index ${name};`),
      '.mode csv',
      `.import ${csv.spots} spots`,
      `.import ${csv.vehicles} vehicles`,
      `.import ${csv.sessions} parking_sessions`,
      ...INDEXES.map(({ ddl }) => `${ddl};`),
      '',
    ].join('\n'),
  }),
}

const psqlCopy: Contestant = {
  name: 'psql \\copy',
  engine: 'postgres',
  what: "the engine's own tool from a ready CSV, in one transaction, indexes after",
  tells: false,
  onlyFull: true,
  command: ({ database, workload: { csv } }) => ({
    program: 'psql',
    args: ['-q', '-v', 'ON_ERROR_STOP=1', database],
    input: [
      'begin;',
      ...INDEXES.map(({ name }) => `drop index ${name};`),
      `\\copy spots from '${csv.spots}' csv`,
      `\\copy vehicles from '${csv.vehicles}' csv`,
      `\\copy parking_sessions from '${csv.sessions}' csv`,
      ...INDEXES.map(({ ddl }) => `${ddl};`),
      'commit;',
      '',
    ].join('\n'),
  }),
}

const pgloader: Contestant = {
  name: 'pgloader',
  engine: 'postgres',
  what: 'pgloader (https://pgloader.io) from the same ready CSV, indexes left as they are',
  tells: false,
  onlyFull: true,
  command: ({ database, folder, workload: { csv } }) => {
    const commands = join(folder, 'pgloader')
    mkdirSync(commands, { recursive: true })
    const files = [
      { file: csv.spots, table: 'spots' },
      { file: csv.vehicles, table: 'vehicles' },
      { file: csv.sessions, table: 'parking_sessions' },
    ]
    const paths = files.map(({ file, table }) => {
      const path = join(commands, `${table}.load`)
      writeFileSync(
        path,
        `load csv from '${file}' into ${database}?${table} with fields optionally enclosed by '"', fields terminated by ',';\n`,
      )
      return path
    })
    return { program: 'pgloader', args: ['--quiet', ...paths] }
  },
}

const loadData: Contestant = {
  name: 'LOAD DATA LOCAL',
  engine: 'mysql',
  what: "the engine's own tool from a ready CSV, indexes left as they are",
  tells: false,
  onlyFull: true,
  command: ({ database, workload: { csv } }) => {
    const { hostname, port, username, password, pathname } = new URL(database)
    const load = (file: string, table: string, columns = '') =>
      `load data local infile '${file}' into table ${table} fields terminated by ',' optionally enclosed by '"' escaped by '' ${columns};`
    const times = ['check_in_at', 'created_at', 'updated_at'].map((name) => `${name} = replace(left(@${name}, 23), 'T', ' ')`)
    const columns =
      '(id, vehicle_id, spot_id, spot_code, license_plate, vehicle_type, rate_type, @check_in_at, @check_out_at, total_amount_cents, is_paid, note, @created_at, @updated_at) ' +
      `set ${times.join(', ')}, check_out_at = nullif(replace(left(@check_out_at, 23), 'T', ' '), '')`
    return {
      program: 'mariadb',
      args: ['--local-infile=1', '-h', hostname, '-P', port || '3306', '-u', decodeURIComponent(username), pathname.slice(1)],
      env: { MYSQL_PWD: decodeURIComponent(password) },
      input: [load(csv.spots, 'spots'), load(csv.vehicles, 'vehicles'), load(csv.sessions, 'parking_sessions', columns), ''].join('\n'),
    }
  },
}
