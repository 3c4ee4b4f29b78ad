import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import type { Knex } from 'knex'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { STATE_TABLES } from '../../src/state/state-tables.ts'
import type { EngineName } from '../../src/target/target.ts'
import { bundleChild } from '../support/bundle-child.ts'
import { type EngineDatabase, forEachEngine } from '../support/engines.ts'
import { createTables, createWorld } from '../support/world.ts'
import { dumpTables, dumpWorld } from '../support/world-run.ts'
import type { ChildOrder } from './crash-child.ts'
import { chooseKillPoints } from './kill-points.ts'
import type { KillPlan } from './killing-target.ts'

const CHILD_ENTRY = fileURLToPath(new URL('./crash-child.ts', import.meta.url))
const DEFINITION = fileURLToPath(new URL('../support/world-definition.ts', import.meta.url))
const NEVER: KillPlan = { at: 0, when: 'after' }

interface Outcome {
  readonly killed: boolean
  readonly status?: string
  readonly code?: string
  readonly message?: string
  readonly trace?: readonly string[]
  readonly error?: unknown
}

export interface CrashSuiteOptions {
  /** Runs killed at chosen calls of a transfer, at random moments, and at chosen calls of a rollback; each really was killed. */
  readonly injected: number
  readonly random: number
  readonly duringRollback: number
  readonly teams: number
  /** Batches are made by worker threads. */
  readonly workers?: boolean
  readonly engines?: readonly EngineName[]
}

/** Kills a transfer and its rollback over and over; each time the next process goes on, and the tables must be those of an unbroken run. */
export function describeCrashes(options: CrashSuiteOptions): void {
  forEachEngine(
    options.workers ? 'a killed run with worker threads' : 'a killed run',
    (db) => {
      let child = ''
      let definitionFile: string | undefined
      let folder = ''
      let snapshot = ''
      let start = ''
      /** What an unbroken run did and left; the same in every database, so told once. */
      let unbroken: { readonly trace: readonly string[]; readonly tables: string; readonly state: string; readonly ms: number } | undefined

      before(async () => {
        child = await bundleChild(CHILD_ENTRY, { built: options.workers === true })
        if (options.workers) definitionFile = await bundleChild(DEFINITION, { built: true })
      })
      after(() => {
        for (const file of [child, definitionFile ?? child]) rmSync(file, { force: true })
      })
      beforeEach(async function () {
        this.timeout(120_000)
        folder = mkdtempSync(join(tmpdir(), 'ferry-crash-'))
        snapshot = join(folder, 'world.ferry.ndjson')
        exportStore(createWorld(options.teams), snapshot)
        await db().session.close() // SQLite's pool holds one connection
        await createTables(db().target.knex)
        start = await dumpWorld(db().target.knex)
        unbroken ??= await runUnbroken()
      })
      afterEach(() => rmSync(folder, { recursive: true, force: true }))

      const runChild = (on: EngineDatabase, order: Pick<ChildOrder, 'mode' | 'kill' | 'trace'>, killAfterMs?: number): Promise<Outcome> =>
        spawnChild(
          child,
          {
            ...order,
            config: on.config,
            snapshot,
            folder: join(folder, 'ferry'),
            ...(definitionFile === undefined ? {} : { definitionFile }),
          },
          killAfterMs,
        )

      const runUnbroken = async () => {
        const startedAt = Date.now()
        const outcome = await runChild(db(), { mode: 'start', kill: NEVER, trace: true })
        const ms = Date.now() - startedAt
        assert.equal(outcome.status, 'completed_with_rejects', JSON.stringify(outcome))
        const { knex } = db().target
        return { trace: outcome.trace ?? [], tables: await dumpWorld(knex), state: await dumpState(knex), ms }
      }

      const finish = async (what: string): Promise<void> => {
        let outcome = await runChild(db(), { mode: 'resume', kill: NEVER })
        if (outcome.code === 'FERRY_RUN_NOT_FOUND') outcome = await runChild(db(), { mode: 'start', kill: NEVER })
        // killed after its last statement: nothing is left to do, which the comparison proves
        if (outcome.code !== 'FERRY_RUN_NOT_RESUMABLE') assert.equal(outcome.status, 'completed_with_rejects', JSON.stringify(outcome))
        const { knex } = db().target
        assertSame(await dumpWorld(knex), unbroken?.tables ?? '', `${what}: tables`)
        assertSame(await dumpState(knex), unbroken?.state ?? '', `${what}: state`)
        if (db().engine === 'sqlite') assert.deepEqual(await knex.raw('pragma integrity_check'), [{ integrity_check: 'ok' }], what)
      }

      it(`gives the tables of an unbroken run after ${options.injected} kills before, inside and after statements`, async function () {
        this.timeout(0)
        const trace = unbroken?.trace ?? []
        for (const words of [
          'savepoint',
          'rollbackTo',
          'release',
          'insertRows',
          options.workers ? 'insertPacked' : 'insertRows',
          'commit',
          'update "people" set "boss_id"',
        ]) {
          const said = db().engine === 'mysql' ? words.replaceAll('"', '`') : words
          assert.include(trace.join('\n'), said, 'bisection and the second pass are among the calls')
        }
        for (const [n, point] of chooseKillPoints(trace, options.injected).entries()) {
          await wipe(db())
          assert.isTrue((await runChild(db(), { mode: 'start', kill: point })).killed, `${point.what} at call ${point.at} kills`)
          // every third one is killed twice
          if (n % 3 === 0) await runChild(db(), { mode: 'resume', kill: { at: 1 + ((n * 7) % 60), when: point.when } })
          await finish(`killed ${point.what} at call ${point.at}`)
        }
      })

      it(`gives the tables of an unbroken run after ${options.random} kills at random moments`, async function () {
        this.timeout(0)
        let unbrokenMs = unbroken?.ms ?? 0
        for (let killed = 0; killed < options.random; ) {
          await wipe(db())
          const killAfterMs = Math.floor(unbrokenMs * (0.2 + 0.8 * Math.random()))
          const outcome = await runChild(db(), { mode: 'start', kill: NEVER }, killAfterMs)
          // a process that was done before its shot does not count, and shows how fast they are
          if (outcome.killed) killed += 1
          else unbrokenMs = killAfterMs
          await finish(`killed after ${killAfterMs} ms`)
        }
      })

      if (options.duringRollback > 0)
        it(`brings the start back after ${options.duringRollback} kills during rollback`, async function () {
          this.timeout(0)
          await wipe(db())
          await runChild(db(), { mode: 'start', kill: NEVER })
          const undone = await runChild(db(), { mode: 'rollback', kill: NEVER, trace: true })
          assert.equal(undone.status, 'rolled_back', JSON.stringify(undone))
          for (const point of chooseKillPoints(undone.trace ?? [], options.duringRollback)) {
            await wipe(db())
            await runChild(db(), { mode: 'start', kill: NEVER })
            assert.isTrue((await runChild(db(), { mode: 'rollback', kill: point })).killed, `${point.what} at call ${point.at} kills`)
            const outcome = await runChild(db(), { mode: 'rollback', kill: NEVER })
            const [run] = await db().target.knex('ferry_runs').select('status')
            assert.deepEqual(run, { status: 'rolled_back' }, `${point.what}: ${JSON.stringify(outcome)}`)
            assertSame(await dumpWorld(db().target.knex), start, `rollback killed ${point.what} at call ${point.at}`)
          }
        })
    },
    options.engines,
  )
}

async function spawnChild(path: string, order: ChildOrder, killAfterMs?: number): Promise<Outcome> {
  const env = { ...process.env, FERRY_WORLD_SNAPSHOT: order.snapshot, FERRY_WORLD_FOLDER: order.folder }
  const child = spawn(process.execPath, [path, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  let said = ''
  let complained = ''
  child.stdout.on('data', (text) => {
    said += String(text)
  })
  child.stderr.on('data', (text) => {
    complained += String(text)
  })
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => child.on('close', (...end) => resolve(end)))
  clearTimeout(timer)
  if (signal === 'SIGKILL') return { killed: true }
  if (code !== 0 || said === '') throw new Error(`the child ended with ${code}: ${complained}`)
  return { killed: false, ...(JSON.parse(said) as object) }
}

/** Compares dumps line by line, and says only the lines that differ. */
function assertSame(found: string, wanted: string, what: string): void {
  if (found === wanted) return
  const [has, should] = [found.split('\n'), wanted.split('\n')]
  const only = (lines: readonly string[], others: readonly string[]) =>
    lines.filter((line) => !others.includes(line)).map((line) => line.slice(0, 2000))
  assert.deepEqual({ what, lines: only(has, should) }, { what, lines: only(should, has) })
}

/**
 * What state says of a run, without ids, clocks and leases, which differ between runs (one killed after its last commit leaves a dead owner's lease):
 * status, positions, counters, packed journals, rejects, ids.
 */
async function dumpState(knex: Knex): Promise<string> {
  const changing = ['run_id', 'landed_by']
  const leases = ['lease_token', 'lease_beat', 'lease_owner', 'lease_expires_at']
  const ofRun = ['id', ...leases, 'started_at', 'updated_at', 'finished_at', 'facts']
  const parts = [await dumpTables(knex, ['ferry_runs'], ofRun)]
  parts.push(
    await dumpTables(knex, ['ferry_steps', 'ferry_journal', 'ferry_rejects', 'ferry_id_scopes', 'ferry_id_map', 'ferry_indexes'], changing),
  )
  return parts.join('\n')
}

/** The database as before the first run. */
async function wipe(db: EngineDatabase): Promise<void> {
  const { knex } = db.target
  await knex('teams').update({ lead_id: null })
  await knex('people').update({ boss_id: null })
  for (const table of ['notes', 'team_tags', 'people', 'teams', 'settings']) await knex(table).delete()
  await knex('settings').insert(Array.from({ length: 30 }, (_, n) => ({ code: `s${n * 2}`, value: `old ${n}` })))
  await resetNotes(db)
  for (const table of STATE_TABLES) await knex.schema.dropTableIfExists(table)
}

async function resetNotes(db: EngineDatabase): Promise<void> {
  const { knex } = db.target
  if (db.engine === 'sqlite') await knex.raw("delete from sqlite_sequence where name = 'notes'")
  if (db.engine === 'postgres') await knex.raw("select setval(pg_get_serial_sequence('notes', 'id'), 1, false)")
  if (db.engine === 'mysql') await knex.raw('alter table notes auto_increment = 1')
}
