import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { bundleChild } from '../support/bundle-child.ts'
import { type EngineDatabase, forEachEngine } from '../support/engines.ts'
import { createTables, createWorld } from '../support/world.ts'
import { dumpWorld } from '../support/world-run.ts'
import type { ChildOrder } from './crash-child.ts'
import type { KillPlan } from './killing-target.ts'

const CHILD_ENTRY = fileURLToPath(new URL('./crash-child.ts', import.meta.url))
const DEFINITION = fileURLToPath(new URL('../support/world-definition.ts', import.meta.url))
const NEVER: KillPlan = { at: 0, when: 'after' }
const WHEN: readonly KillPlan['when'][] = ['before', 'inside', 'after']

interface Outcome {
  readonly killed: boolean
  readonly status?: string
  readonly code?: string
  readonly message?: string
  readonly calls?: number
  readonly error?: unknown
}

export interface CrashSuiteOptions {
  /** Kills at given calls during transfer, at random moments, and during rollback; each is one or more processes. */
  readonly injected: number
  readonly random: number
  readonly duringRollback: number
  readonly teams: number
  /** Batches are made by worker threads. */
  readonly workers?: boolean
}

/** Kills a transfer and its rollback over and over; each time the next process goes on, and the tables must be those of an unbroken run. */
export function describeCrashes(options: CrashSuiteOptions): void {
  forEachEngine(options.workers ? 'a killed run with worker threads' : 'a killed run', (db) => {
    let child = ''
    let definitionFile: string | undefined
    let folder = ''
    let snapshot = ''
    let whole: string
    let calls = 0
    let unbrokenMs = 0

    before(async () => {
      child = await bundleChild(CHILD_ENTRY, { built: options.workers === true })
      if (options.workers) definitionFile = await bundleChild(DEFINITION, { built: true })
    })
    beforeEach(async function () {
      this.timeout(120_000)
      folder = mkdtempSync(join(tmpdir(), 'ferry-crash-'))
      snapshot = join(folder, 'world.ferry.ndjson')
      exportStore(createWorld(options.teams), snapshot)
      await db().session.close() // SQLite's pool holds one connection
      await createTables(db().target.knex)
      const startedAt = Date.now()
      const outcome = await runChild(db(), { mode: 'start', kill: NEVER })
      unbrokenMs = Date.now() - startedAt
      assert.equal(outcome.status, 'completed_with_rejects', JSON.stringify(outcome))
      calls = outcome.calls ?? 0
      whole = await dumpWorld(db().target.knex)
      assert.isAbove(calls, 100)
      await wipe(db())
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    const runChild = (on: EngineDatabase, order: Pick<ChildOrder, 'mode' | 'kill'>, killAfterMs?: number): Promise<Outcome> =>
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

    const finish = async (): Promise<void> => {
      let outcome = await runChild(db(), { mode: 'resume', kill: NEVER })
      if (outcome.code === 'FERRY_RUN_NOT_FOUND') outcome = await runChild(db(), { mode: 'start', kill: NEVER })
      if (outcome.code === 'FERRY_RUN_NOT_RESUMABLE') return
      assert.equal(outcome.status, 'completed_with_rejects', JSON.stringify(outcome))
    }

    it(`gives the tables of an unbroken run after ${options.injected} kills before, inside and after statements`, async function () {
      this.timeout(0)
      for (let n = 0; n < options.injected; n += 1) {
        const at = 1 + Math.floor((n * calls) / options.injected)
        const when = WHEN[n % WHEN.length] ?? 'after'
        await runChild(db(), { mode: 'start', kill: { at, when } })
        // every third one is killed twice
        if (n % 3 === 0) await runChild(db(), { mode: 'resume', kill: { at: 1 + ((n * 7) % 60), when } })
        await finish()
        await assertWhole(db(), whole, `killed ${when} call ${at}`)
        await wipe(db())
      }
    })

    it(`gives the tables of an unbroken run after ${options.random} kills at random moments`, async function () {
      this.timeout(0)
      for (let n = 0; n < options.random; n += 1) {
        const killAfterMs = Math.floor(unbrokenMs * (0.3 + 0.7 * Math.random()))
        await runChild(db(), { mode: 'start', kill: NEVER }, killAfterMs)
        await finish()
        await assertWhole(db(), whole, `killed after ${killAfterMs} ms`)
        await wipe(db())
      }
    })

    if (options.duringRollback > 0)
      it(`brings the start back after ${options.duringRollback} kills during rollback`, async function () {
        this.timeout(0)
        const start = await dumpWorld(db().target.knex)
        for (let n = 0; n < options.duringRollback; n += 1) {
          await runChild(db(), { mode: 'start', kill: NEVER })
          const at = 1 + n * 7
          const broken = await runChild(db(), { mode: 'rollback', kill: { at, when: WHEN[n % WHEN.length] ?? 'after' } })
          if (broken.killed) {
            const outcome = await runChild(db(), { mode: 'rollback', kill: NEVER })
            assert.equal(outcome.status, 'rolled_back', JSON.stringify(outcome))
          }
          assert.equal(await dumpWorld(db().target.knex), start, `rollback killed at call ${at}`)
          await wipe(db())
        }
      })
  })
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

async function assertWhole(db: EngineDatabase, whole: string, what: string): Promise<void> {
  const { knex } = db.target
  assert.equal(await dumpWorld(knex), whole, what)
  const steps: { step_no: number; status: string; counts: string; batches: number; run_id: string }[] = await knex('ferry_steps').select()
  for (const step of steps) {
    assert.equal(step.status, 'done', what)
    const [journal] = await knex('ferry_journal')
      .where({ run_id: step.run_id, step_no: step.step_no })
      .count({ n: '*' })
      .max({ last: 'batch_no' })
    assert.equal(Number(journal?.n), Number(step.batches), `${what}: journal of step ${step.step_no}`)
  }
  const rejected = steps.reduce((sum, { counts }) => sum + Number((JSON.parse(counts) as { rejected: number }).rejected), 0)
  const [stored] = await knex('ferry_rejects').whereNot({ stage: 'link' }).count({ n: '*' })
  assert.equal(Number(stored?.n), rejected, `${what}: rejects`)
}

/** The database as before the first run. */
async function wipe(db: EngineDatabase): Promise<void> {
  const { knex } = db.target
  const state: string[] = ['ferry_indexes', 'ferry_id_map', 'ferry_rejects', 'ferry_journal', 'ferry_steps', 'ferry_runs', 'ferry_version']
  await knex('teams').update({ lead_id: null })
  await knex('people').update({ boss_id: null })
  for (const table of ['notes', 'team_tags', 'people', 'teams', 'settings']) await knex(table).delete()
  await knex('settings').insert(Array.from({ length: 30 }, (_, n) => ({ code: `s${n * 2}`, value: `old ${n}` })))
  await resetNotes(db)
  for (const table of state) await knex.schema.dropTableIfExists(table)
}

async function resetNotes(db: EngineDatabase): Promise<void> {
  const { knex } = db.target
  if (db.engine === 'sqlite') await knex.raw("delete from sqlite_sequence where name = 'notes'")
  if (db.engine === 'postgres') await knex.raw("select setval(pg_get_serial_sequence('notes', 'id'), 1, false)")
  if (db.engine === 'mysql') await knex.raw('alter table notes auto_increment = 1')
}
