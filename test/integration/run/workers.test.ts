import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { Knex } from 'knex'
import { isFerryError } from '../../../src/core/errors.ts'
import type { RunEvent } from '../../../src/core/events.ts'
import { readStatus } from '../../../src/run/read-status.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import type { Target } from '../../../src/target/target.ts'
import { countPacked } from '../../support/count-packed.ts'
import { type EngineDatabase, openEngineDatabase } from '../../support/engines.ts'
import { watchReads } from '../../support/watch-reads.ts'
import { createTables } from '../../support/world.ts'
import { dumpWorld, forEachWorld, type WorldRun } from '../../support/world-run.ts'

const DEFINITION = fileURLToPath(new URL('../../support/world-definition.ts', import.meta.url))
const AHEAD = { definitionFile: DEFINITION, workers: 2, workersFrom: 1 } as const

/** Everything a run stored but times, owners and its name. */
async function dumpState(knex: Knex): Promise<string> {
  const steps: Record<string, unknown>[] = await knex('ferry_steps')
    .select('step_no', 'status', 'at_position', 'counts', 'batches', 'id_base')
    .orderBy('step_no')
  const journal: { step_no: number; batch_no: number; packed: Buffer }[] = await knex('ferry_journal')
    .select('step_no', 'batch_no', 'packed')
    .orderBy(['step_no', 'batch_no'])
  const rejects: Record<string, unknown>[] = await knex('ferry_rejects')
    .select('id', 'step_no', 'item_ordinal', 'key_text', 'stage', 'code', 'pointer', 'reason', 'budgeted', 'value_text', 'status')
    .orderBy('id')
  const lines = journal.map(({ step_no, batch_no, packed }) => `${step_no} ${batch_no} ${Buffer.from(packed).toString('hex')}`)
  return [...steps, ...rejects]
    .map((row) => JSON.stringify(row))
    .concat(lines)
    .join('\n')
}

function inWorld(run: WorldRun): void {
  process.env.FERRY_WORLD_SNAPSHOT = run.snapshot
  process.env.FERRY_WORLD_FOLDER = join(run.folder, 'ferry')
}

/** Gives a second database of the same engine, its tables made, to compare with. */
async function besideAnother(run: WorldRun, compare: (other: EngineDatabase) => Promise<void>): Promise<void> {
  inWorld(run)
  const other = await openEngineDatabase(run.db.engine)
  if (other === undefined) throw new Error(`${run.db.engine} does not answer any more`)
  try {
    await other.session.close()
    await createTables(other.target.knex)
    await compare(other)
  } finally {
    await other.close()
  }
}

forEachWorld('a run with worker threads', { teams: 60 }, (run) => {
  const start = (target: Target, options: Partial<TransferOptions>) => startTransfer({ ...run().common, target, ...options })

  const ways = [
    { name: 'two threads', options: AHEAD },
    { name: 'this thread alone, packing its rows', options: { workers: 0, workersFrom: 1 } },
  ] as const
  for (const { name, options } of ways)
    it(`leaves with ${name} the rows, rejects, journal and positions of a run row by row`, async function () {
      this.timeout(60_000)
      await besideAnother(run(), async (other) => {
        const alone = await start(other.target, { workers: 0 })
        const counted = countPacked(run().db.target)
        const ahead = await start(counted.target, options)
        expect(ahead.status, JSON.stringify(ahead.error)).to.equal('completed_with_rejects')
        expect(counted.count()).to.be.above(2)
        expect(ahead.steps.map(({ counts }) => counts)).to.deep.equal(alone.steps.map(({ counts }) => counts))
        expect(await dumpWorld(run().knex)).to.equal(await dumpWorld(other.target.knex))
        expect(await dumpState(run().knex)).to.equal(await dumpState(other.target.knex))
        expect(existsSync(join(ahead.folder, 'workers'))).to.equal(false)
      })
    })

  it('leaves the reading of patch steps to the threads too', async function () {
    this.timeout(60_000)
    inWorld(run())
    const { source, read } = watchReads(run().snapshot)
    let isPatching = false
    const inPatches: string[] = []
    const onEvent = (event: RunEvent) => {
      if (isPatching) inPatches.push(...read)
      read.length = 0
      if (event.type === 'step:started') isPatching = event.kind === 'patch'
    }
    const done = await start(run().db.target, { ...AHEAD, source, skipValidation: true, noVerify: true, onEvent })
    expect(done.status, JSON.stringify(done.error)).to.equal('completed_unverified')
    const linked = done.steps.filter(({ kind }) => kind === 'patch').map(({ mapping, counts }) => [mapping, counts.linked > 10])
    expect(linked).to.deep.equal([
      ['teams', true],
      ['people', true],
    ])
    expect(inPatches).to.deep.equal([])
  })
})

// What becomes of threads is no matter of the engine.
forEachWorld('the worker threads of a run', { teams: 60, engines: ['sqlite'] }, (run) => {
  const start = (target: Target, options: Partial<TransferOptions>) => startTransfer({ ...run().common, target, ...options })

  it('goes on from a pause, with them and without', async function () {
    this.timeout(60_000)
    inWorld(run())
    let batches = 0
    const controller = new AbortController()
    const stopAfter = (count: number, stop: AbortController) => (event: { type: string }) => {
      if (event.type === 'batch:committed') batches += 1
      if (batches >= count) stop.abort()
    }
    const first = await start(run().db.target, { ...AHEAD, signal: controller.signal, onEvent: stopAfter(3, controller) })
    expect(first.exitCode).to.equal(130)
    const second = new AbortController()
    const paused = await resumeTransfer({ ...run().common, workers: 0, signal: second.signal, onEvent: stopAfter(7, second) })
    expect(paused.exitCode).to.equal(130)
    const done = await resumeTransfer({ ...run().common, ...AHEAD })
    expect(done.status, JSON.stringify(done.error)).to.equal('completed_with_rejects')
  })

  it('packs the rest itself when its threads die, says so, and leaves nothing behind', async function () {
    this.timeout(60_000)
    inWorld(run())
    const notices: string[] = []
    const onEvent = (event: RunEvent) => event.type === 'notice' && notices.push(event.text)
    const definitionFile = fileURLToPath(new URL('../../support/dying-world-definition.ts', import.meta.url))
    const counted = countPacked(run().db.target)
    const result = await start(counted.target, { ...AHEAD, definitionFile, onEvent })
    expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
    // What a thread has when it dies is done the long way: two batches each, and one that it is at.
    const packable = result.steps.filter(({ kind, mapping }) => kind === 'load' && mapping !== 'settings')
    const batches = packable.reduce((sum, { counts }) => sum + Math.ceil(counts.read / run().transfer.batchRows), 0)
    expect(counted.count()).to.be.within(batches - 6, batches)
    expect(notices).to.have.length(AHEAD.workers)
    expect(notices.every((text) => text.includes('ended with 7'))).to.equal(true)
    expect(existsSync(join(result.folder, 'workers'))).to.equal(false)
  })

  it('leaves nothing of its threads where preflight lets no run begin', async function () {
    this.timeout(60_000)
    inWorld(run())
    const error: unknown = await start(run().db.target, { ...AHEAD, maxRejects: { count: 0 } }).catch((thrown: unknown) => thrown)
    expect(isFerryError(error, 'FERRY_PREFLIGHT_FAILED'), String(error)).to.equal(true)
    expect(readdirSync(join(run().folder, 'ferry', 'runs'))).to.deep.equal([])
  })

  it('does everything itself where the file holds another definition', async function () {
    this.timeout(60_000)
    inWorld(run())
    const notices: string[] = []
    const onEvent = (event: RunEvent) => event.type === 'notice' && notices.push(event.text)
    const definitionFile = fileURLToPath(new URL('../../../ferry.config.ts', import.meta.url))
    const result = await start(run().db.target, { ...AHEAD, definitionFile, onEvent })
    expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
    expect(notices.filter((text) => text.includes('the file holds another definition'))).to.have.length(2)
  })
})

forEachWorld('a batch that waits in pieces for what its threads ask', { teams: 700, engines: ['sqlite'] }, (run) => {
  it('keeps the order of rows and rejects', async function () {
    this.timeout(60_000)
    await besideAnother(run(), async (other) => {
      const size = { batchRows: 3000 }
      await startTransfer({ ...run().common, ...size, target: other.target, workers: 0 })
      const counted = countPacked(run().db.target)
      await startTransfer({ ...run().common, ...size, ...AHEAD, target: counted.target })
      expect(counted.count()).to.be.greaterThan(0)
      const { steps } = await readStatus(run().db.target)
      expect(steps.find(({ mapping }) => mapping === 'notes')?.counts.read, 'several pieces').to.be.greaterThan(1000)
      expect(await dumpState(run().knex)).to.equal(await dumpState(other.target.knex))
      expect(await dumpWorld(run().knex)).to.equal(await dumpWorld(other.target.knex))
    })
  })
})

// Servers check every foreign key themselves.
forEachWorld('a run with worker threads beside an app that writes', { teams: 60, engines: ['sqlite'] }, (run) => {
  const NOTES_STEP = 3

  /** Takes away the author of the last note who is nobody's boss, once the first notes are in; the key of that note. */
  function takeAuthorAway(): number {
    const { world, db } = run()
    const bosses = new Set([...world.people.values()].map(({ boss }) => boss))
    const connection = new Database(db.target.file ?? '')
    try {
      connection.pragma('foreign_keys = 1')
      const remove = connection.prepare('delete from people where mail = ?')
      for (const [key, { author }] of [...world.notes].reverse()) {
        const person = world.people.get(author)
        if (person !== undefined && !bosses.has(author) && remove.run(person.mail).changes === 1) return key
      }
    } finally {
      connection.close()
    }
    throw new Error('the world has no such author')
  }

  // With one thread the last batch is packed by the run itself before the first is written.
  for (const workers of [1, 2])
    it(`lets no row point to a parent that the app took away after the threads saw it (${workers})`, async function () {
      this.timeout(60_000)
      inWorld(run())
      let key: number | undefined
      const onEvent = (event: RunEvent) => {
        if (event.type === 'batch:committed' && event.step === NOTES_STEP) key ??= takeAuthorAway()
      }
      const result = await startTransfer({ ...run().common, ...AHEAD, workers, onEvent, noVerify: true })
      expect(result.status, JSON.stringify(result.error)).to.equal('completed_unverified')
      // as without threads: a parent that is missing becomes NULL, which is this mapping's policy
      expect(
        await run()
          .knex('notes')
          .where({ id: Number(key) + 1 })
          .pluck('author_id'),
      ).to.deep.equal([null])
      expect(await run().knex.raw('pragma foreign_key_check')).to.deep.equal([])
    })

  it('checks foreign keys again after each batch', async function () {
    this.timeout(60_000)
    inWorld(run())
    let marked = 0
    const spied: Target = {
      ...run().db.target,
      openSession: async () => {
        const session = await run().db.target.openSession()
        const begin = session.begin.bind(session)
        session.begin = async (options) => {
          await begin(options)
          if (options?.unchangedSince === undefined) return
          marked += 1
          expect((await session.rows('pragma foreign_keys'))[0]).to.deep.equal([0n])
        }
        const commit = session.commit.bind(session)
        session.commit = async () => {
          await commit()
          expect((await session.rows('pragma foreign_keys'))[0]).to.deep.equal([1n])
        }
        return session
      },
    }
    const result = await startTransfer({ ...run().common, target: spied, ...AHEAD })
    expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
    expect(marked).to.be.above(1)
  })
})
