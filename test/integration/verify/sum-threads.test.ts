import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { RunEvent } from '../../../src/core/events.ts'
import type { ResolvedTransfer } from '../../../src/definition/transfer.ts'
import { findReport } from '../../../src/run/find-report.ts'
import { prepareSteps } from '../../../src/run/prepare-steps.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { createRunWorkers } from '../../../src/run/run-workers.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { createSumThreads } from '../../../src/run/sum-threads.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { readSteps } from '../../../src/state/steps.ts'
import { scanTable } from '../../../src/target/table-rows.ts'
import type { Session } from '../../../src/target/target.ts'
import { JournalSums, journalHashes } from '../../../src/transform/journal-hashes.ts'
import { openRowHash } from '../../../src/transform/row-hash.ts'
import { compareSteps } from '../../../src/verify/compared-table.ts'
import { watchReads } from '../../support/watch-reads.ts'
import { forEachWorld, type WorldRun } from '../../support/world-run.ts'

const DEFINITION = fileURLToPath(new URL('../../support/world-definition.ts', import.meta.url))
const AHEAD = { definitionFile: DEFINITION, workers: 2, workersFrom: 1 } as const

function inWorld(run: WorldRun): void {
  process.env.FERRY_WORLD_SNAPSHOT = run.snapshot
  process.env.FERRY_WORLD_FOLDER = join(run.folder, 'ferry')
}

/** The first load step of the only run, and the table that it filled. */
async function firstStep(session: Session, transfer: ResolvedTransfer) {
  const { tables } = await prepareSteps(session, transfer)
  const [last] = await session.all<{ id: string }>('select id from ferry_runs')
  const [load] = await readSteps(session, last?.id ?? '')
  const table = tables.get(load?.table ?? '')
  if (load === undefined || table === undefined) throw new Error('there is no step')
  return { load, table, tables }
}

forEachWorld('verification with worker threads', { teams: 60 }, (run) => {
  beforeEach(async function () {
    this.timeout(60_000)
    inWorld(run())
    const loaded = await startTransfer({ ...run().common, target: run().db.target, workers: 0, noVerify: true })
    expect(loaded.status, JSON.stringify(loaded.error)).to.equal('completed_unverified')
  })

  const verify = async (options: { readonly workers: number }) => {
    const { source, read } = watchReads(run().snapshot)
    const result = await verifyTransfer({ ...run().common, target: run().db.target, source, ...AHEAD, ...options })
    return { read, result: { ...result, ms: 0 } }
  }

  it('says what verification in one thread says, and leaves the records to the threads', async function () {
    this.timeout(60_000)
    const ahead = await verify({ workers: 2 })
    const alone = await verify({ workers: 0 })
    expect(alone.result.passed, JSON.stringify(alone.result.checks)).to.equal(true)
    expect(ahead.result).to.deep.equal(alone.result)
    expect(alone.read).to.include.members(['teams', 'people', 'notes'])
    // the mapping that met rows of others
    expect(ahead.read).to.deep.equal(['settings'])
  })

  it('lets the threads read what a load has just left, and says what one thread says', async function () {
    this.timeout(60_000)
    const { common, db } = run()
    const { source } = watchReads(run().snapshot)
    const look = async (workers: number) => {
      await rollbackTransfer({ ...common, target: db.target })
      const notices: RunEvent[] = []
      const onEvent = (event: RunEvent) => void (event.type === 'notice' && notices.push(event))
      const loaded = await startTransfer({ ...common, target: db.target, source, ...AHEAD, workers, onEvent })
      const { data } = await findReport({ ...common, target: db.target, runId: loaded.runId })
      return { verification: { ...data.verification, ms: 0 }, notices }
    }
    const ahead = await look(2)
    const alone = await look(0)
    expect(ahead.notices).to.deep.equal([])
    expect(ahead.verification).to.deep.include({ passed: true, basis: 'load' })
    expect(ahead.verification).to.deep.equal(alone.verification)
  })

  it('adds up in threads the rows that a table holds, links apart, each once', async function () {
    this.timeout(60_000)
    const { transfer, snapshot, db } = run()
    const { target } = db
    const source = new SnapshotSource(snapshot)
    const session = await target.openSession()
    const workers = createRunWorkers({ options: AHEAD, transfer, source, target, report: () => {} })
    try {
      const { tables } = await prepareSteps(session, transfer)
      const hasherFor = await openRowHash()
      const [last] = await session.all<{ id: string }>('select id from ferry_runs')
      const { compared } = compareSteps(await readSteps(session, last?.id ?? ''), tables, { dialect: target.dialect, hasherFor })
      const threads = createSumThreads({ workers, transfer, source, tables, target })
      for (const step of compared) {
        const wanted = new JournalSums()
        await scanTable(session, step.table, { codecs: step.codecs }, { row: (row) => wanted.add(journalHashes(step, row)) })
        const begun = await threads.beginFound({ ...step, session })
        expect(begun !== undefined, step.table.name).to.equal(target.engine === 'sqlite' && step.load.counts.inserted > 0)
        const found = await begun?.finish(new AbortController().signal)
        if (begun === undefined) continue
        expect(found?.equals(wanted), step.table.name).to.equal(true)
        expect(wanted.load.count, step.table.name).to.be.greaterThan(0)
      }
      expect(compared.some(({ patch }) => patch !== undefined)).to.equal(true)
    } finally {
      await workers.close()
      await session.close()
    }
  })

  it('leaves the table to the run where another program holds its file', async function () {
    this.timeout(60_000)
    const { transfer, snapshot, db } = run()
    const { target } = db
    if (target.file === undefined) return this.skip()
    const source = new SnapshotSource(snapshot)
    const session = await target.openSession()
    const workers = createRunWorkers({ options: AHEAD, transfer, source, target, report: () => {} })
    const other = new Database(target.file)
    try {
      const { load, table, tables } = await firstStep(session, transfer)
      const begun = await createSumThreads({ workers, transfer, source, tables, target }).beginFound({
        load: { ...load, counts: { ...load.counts, inserted: 2_000_000 } },
        patch: undefined,
        patchedPlaces: [],
        table,
        session,
      })
      other.exec('begin exclusive')
      const startedAt = performance.now()
      expect(begun).not.to.equal(undefined)
      expect(await begun?.finish(new AbortController().signal)).to.equal(undefined)
      expect(performance.now() - startedAt, 'a wait for each of 100 parts').to.be.lessThan(20_000)
    } finally {
      other.close()
      await workers.close()
      await session.close()
    }
  })

  it('shares the parts of a table between the threads, and stops after those under way when it is told to', async function () {
    this.timeout(60_000)
    const { transfer, snapshot, db } = run()
    const { target } = db
    if (target.file === undefined) return this.skip()
    const source = new SnapshotSource(snapshot)
    const session = await target.openSession()
    const workers = createRunWorkers({ options: AHEAD, transfer, source, target, report: () => {} })
    try {
      const { load, table, tables } = await firstStep(session, transfer)
      const threads = createSumThreads({ workers, transfer, source, tables, target })
      // Far more parts than rows.
      const many = {
        load: { ...load, counts: { ...load.counts, inserted: 20_000_000 } },
        patch: undefined,
        patchedPlaces: [],
        table,
        session,
      }
      const whole = await (await threads.beginFound(many))?.finish(new AbortController().signal)
      expect(whole?.load.count).to.equal(load.counts.inserted)
      const stopped = new AbortController()
      const begun = await threads.beginFound(many)
      const finishing = begun?.finish(stopped.signal).catch((error: unknown) => error)
      stopped.abort(new Error('enough'))
      expect(await finishing).to.equal(stopped.signal.reason)
      const told = new AbortController()
      told.abort(new Error('before it began'))
      const late = await threads.beginFound(many)
      expect(await late?.finish(told.signal).catch((error: unknown) => error)).to.equal(told.signal.reason)
    } finally {
      await workers.close()
      await session.close()
    }
  })

  it('finds a changed cell, a changed link, a lost row and one too many as one thread does', async function () {
    this.timeout(60_000)
    const { knex } = run()
    const linked = await knex('teams').whereNotNull('lead_id').orderBy('id').first('id')
    const other = await knex('teams').whereNull('lead_id').orderBy('id').first('id')
    await knex('teams').where(linked).update({ lead_id: null })
    await knex('teams').where(other).update({ name: 'changed by a test' })
    const note = await knex('notes').orderBy('id').first('id')
    await knex('notes').where(note).del()
    await knex('people').insert({ id: 'nobody', team_id: other.id, mail: 'nobody@example.org', age: 1 })
    const ahead = await verify({ workers: 2 })
    const alone = await verify({ workers: 0 })
    expect(alone.result.differences.length).to.be.at.least(4)
    expect(ahead.result).to.deep.equal(alone.result)
  })
})
