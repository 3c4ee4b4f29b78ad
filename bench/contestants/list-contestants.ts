import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { EngineName } from '../beds/bed.ts'
import type { Built } from '../build.ts'
import type { Command } from '../measure/run-process.ts'
import { findUp } from '../workload/find-up.ts'
import type { Prepared } from '../workload/prepare.ts'
import type { Task } from './contestant.ts'
import { loadData, pgloader, psqlCopy, sqliteImport, sqliteUtils } from './loaders.ts'

export interface Contestant {
  readonly name: string
  readonly engine: EngineName
  /** Printed below the bars. */
  readonly what: string
  /** Writes one line of JSON about itself (our own scripts); else only the process is measured. */
  readonly tells: boolean
  /** Takes part in every workload; else in that of the sessions alone, unless it is named. */
  readonly everywhere: boolean
  /** Programs that are run one after another. */
  commands(place: Place): Promise<readonly Command[]>
}

/** Where a contestant works in one round. */
export interface Place {
  readonly database: string
  readonly folder: string
  readonly prepared: Prepared
}

export interface Lineup {
  readonly contestants: readonly Contestant[]
  /** A sentence for each that cannot run on this machine. */
  readonly leftOut: readonly string[]
}

/** `of`: the build it is run from. */
type Script = { readonly file: string; readonly what: string; readonly flags?: readonly string[]; readonly of?: keyof Built }

/** Everyone there is, in order; the first of an engine is what the others are measured against. */
export function listContestants(built: Built): Lineup {
  const leftOut: string[] = []
  const own = (name: string, engine: EngineName, script: Script, everywhere = true): Contestant => ({
    name,
    engine,
    what: script.what,
    tells: true,
    everywhere,
    async commands({ database, folder, prepared: { workload, records, source } }) {
      const task: Task = { workload: workload.name, records, source, database, folder, flags: script.flags ?? [] }
      const path = join(built[script.of ?? 'whole'], 'bench/contestants', script.file)
      return [{ program: process.execPath, args: [path, JSON.stringify(task)] }]
    },
  })
  const loader = (one: typeof sqliteImport): Contestant[] => {
    if (hasProgram(one.program)) return [{ ...one, tells: false }]
    leftOut.push(`${one.name} is left out: there is no program ${one.program}`)
    return []
  }
  const typeorm = () => {
    if (hasTypeorm()) return [own('TypeORM', 'sqlite', { file: 'typeorm.js', what: TYPEORM }, false)]
    leftOut.push('TypeORM is left out: npm ci --prefix bench/peers installs it')
    return []
  }
  const ours = (engine: EngineName) => OURS.map(({ name, everywhere = false, ...script }) => own(name, engine, script, everywhere))
  const batchInsert = (engine: EngineName) => own('knex.batchInsert', engine, { file: 'batch-insert.js', what: BATCH_INSERT })
  const contestants = [
    own('bare loop', 'sqlite', { file: 'bare-loop.js', what: BARE_LOOP }),
    ...ours('sqlite'),
    ...PARTS.map(({ name, ...script }) => own(name, 'sqlite', script, false)),
    batchInsert('sqlite'),
    ...typeorm(),
    ...loader(sqliteUtils),
    ...loader(sqliteImport),
    ...loader(psqlCopy),
    ...ours('postgres'),
    batchInsert('postgres'),
    ...loader(pgloader),
    ...loader(loadData),
    ...ours('mysql'),
    batchInsert('mysql'),
  ]
  return { contestants, leftOut }
}

const BARE_LOOP = 'JSON.parse and a prepared insert of better-sqlite3, one transaction, no check'
const BATCH_INSERT = "an app's own script: readline, JSON.parse, batchInsert of 500"
const TYPEORM = 'readline, JSON.parse, InsertQueryBuilder of 500 rows without updateEntity, 5,000 rows a transaction'

const OURS: readonly (Script & { readonly name: string; readonly everywhere?: boolean })[] = [
  {
    name: 'ferry',
    file: 'ours.js',
    what: 'every check of the load on, with worker threads; preflight pass, verification and backup apart',
    everywhere: true,
  },
  { name: 'ferry, one thread', file: 'ours.js', flags: ['workers=0'], what: 'the same without worker threads' },
  { name: 'ferry + verify', file: 'ours.js', flags: ['verify'], what: 'the same as ferry, then every row verified', everywhere: true },
  { name: 'ferry + preflight', file: 'ours.js', flags: ['preflight'], what: 'every record forecast first' },
]

/** No choices of the library: what a part costs is seen in a run without it. */
const PARTS: readonly (Script & { readonly name: string })[] = [
  {
    name: 'ferry without journal',
    file: 'ours.js',
    flags: ['no-journal'],
    of: 'withoutJournal',
    what: 'no row hashed, nothing packed for the journal, its rows swallowed: could be neither resumed nor rolled back',
  },
  {
    name: 'ferry, row by row',
    file: 'ours.js',
    flags: ['workers=0', 'unpacked'],
    what: 'one thread, and each value bound to an INSERT: no packed rows',
  },
  {
    name: 'ferry, row by row, one commit',
    file: 'ours.js',
    flags: ['workers=0', 'unpacked', 'one-commit'],
    what: 'one COMMIT a mapping in place of one for 5,000 rows: could not be resumed',
  },
]

function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
}

function hasTypeorm(): boolean {
  try {
    createRequire(findUp('bench/peers/package.json')).resolve('typeorm')
    return true
  } catch {
    return false
  }
}
