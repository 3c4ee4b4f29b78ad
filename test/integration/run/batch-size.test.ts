import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Knex } from 'knex'
import type { RunEvent } from '../../../src/core/events.ts'
import { field, id, key } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../../src/definition/transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { readJournal } from '../../../src/state/journal.ts'
import { renderRow } from '../../../src/state/row-text.ts'
import { toEngineError } from '../../../src/target/engine-error.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { Target } from '../../../src/target/target.ts'
import { codeOf, errorOf } from '../../support/conformance-context.ts'
import { ListSource } from '../../support/list-source.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'
import { createTables } from '../../support/world.ts'
import { createWorldFile, type WorldFile } from '../../support/world-file.ts'
import { dumpWorld } from '../../support/world-run.ts'

interface Bench {
  readonly target: Target
  readonly knex: Knex
  readonly folder: string
}

/** A table for records of a number and a text, in a SQLite file. */
async function withTable(work: (bench: Bench) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const target = await openSqlite(join(folder, 'target.sqlite'))
    try {
      await target.knex.schema.createTable('notes', (table) => {
        table.integer('id').primary()
        table.text('body').notNullable()
      })
      await work({ target, knex: target.knex, folder })
    } finally {
      await target.close()
    }
  })
}

function openSqlite(filename: string): Promise<Target> {
  return openTarget({ config: { client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true } })
}

/** So many notes; nobody says how large batches are, but a step begins with `first` in place of 5,000. */
function defineNotes(
  folder: string,
  notes: { readonly count: number; readonly bytes?: number; readonly first?: number },
): ResolvedTransfer {
  const body = 'x'.repeat(notes.bytes ?? 10)
  const source = new ListSource({ notes: Array.from({ length: notes.count }, (_, n) => [n + 1, { body }] as const) })
  const columns = { id: key().integer(), body: field('body').text() }
  const mappings = { notes: mapping({ from: 'notes', table: 'notes', columns }) }
  const transfer = defineTransfer({ name: 'notes', source, target: {}, folder: join(folder, 'ferry'), mappings })
  return { ...transfer, batchRows: notes.first ?? transfer.batchRows }
}

/** Runs to the end; the items of each batch. While it loads, `beforeCommit` comes before each COMMIT. */
async function sizesOf({ beforeCommit, ...options }: TransferOptions & { beforeCommit?: () => Promise<void> }): Promise<number[]> {
  const sizes: number[] = []
  let isLoading = false
  const target = delayCommits(options.target, async () => {
    if (isLoading) await beforeCommit?.()
  })
  const onEvent = (event: RunEvent) => {
    if (event.type === 'step:started') isLoading = true
    if (event.type === 'step:finished') isLoading = false
    if (event.type === 'batch:committed') sizes.push(event.items)
  }
  const result = await startTransfer({ noBackup: true, ...options, target, onEvent })
  expect(result.status, JSON.stringify(result.error)).to.equal('completed')
  return sizes
}

/** The target, with something done before each COMMIT of its sessions. */
function delayCommits(target: Target, work: () => Promise<void>): Target {
  const openSession = async () => {
    const session = await target.openSession()
    return new Proxy(session, {
      get(inner, name) {
        if (name === 'commit') return () => work().then(() => inner.commit())
        const member: unknown = Reflect.get(inner, name, inner)
        return typeof member === 'function' ? member.bind(inner) : member
      },
    })
  }
  return { ...target, openSession }
}

describe('the batches of a run', () => {
  it('grow where the target is fast', () =>
    withTable(async ({ target, folder }) => {
      const sizes = await sizesOf({ transfer: defineNotes(folder, { count: 4000, first: 100 }), target })
      expect(sizes[0]).to.equal(100)
      expect(Math.max(...sizes)).to.be.at.least(400)
      for (const [at, size] of sizes.entries()) expect(size).to.be.at.most(100 * 2 ** at)
    }))

  it('shrink where it commits slowly', () =>
    withTable(async ({ target, folder }) => {
      const sizes = await sizesOf({ transfer: defineNotes(folder, { count: 1300, first: 400 }), target, beforeCommit: () => wait(700) })
      expect(sizes.slice(0, 2)).to.deep.equal([400, 400])
      expect(Math.max(...sizes.slice(2))).to.be.below(200)
      expect(sizes.at(-2)).to.equal(100)
    })).timeout(60_000)

  it('learn nothing from the time between two tries', () =>
    withTable(async ({ target, folder, knex }) => {
      let refused = 0
      const beforeCommit = async () => {
        if (refused === 3) return
        refused += 1
        await wait(900)
        throw toEngineError(target.dialect, Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }), 'committing')
      }
      const sizes = await sizesOf({ transfer: defineNotes(folder, { count: 6000, first: 1000 }), target, beforeCommit })
      expect(refused).to.equal(3)
      expect(Math.min(...sizes.slice(0, -1))).to.be.above(300)
      expect(await knex('notes').count({ n: '*' })).to.deep.equal([{ n: 6000 }])
    })).timeout(60_000)

  it('are as large as the person says, on any target', () =>
    withTable(async ({ target, folder }) => {
      const transfer = defineNotes(folder, { count: 260, first: 100 })
      const beforeCommit = () => wait(600)
      expect(await sizesOf({ transfer: { ...transfer, batchesAdapt: false }, target, beforeCommit })).to.deep.equal([100, 100, 60])
    })).timeout(60_000)

  it('are as large as the command says', () =>
    withTable(async ({ target, folder }) => {
      const sizes = await sizesOf({ transfer: defineNotes(folder, { count: 260, first: 100 }), target, batchRows: 65 })
      expect(sizes).to.deep.equal([65, 65, 65, 65])
    }))

  it('hold few records where those are long', () =>
    withTable(async ({ target, folder }) => {
      const bytes = 100_000
      const sizes = await sizesOf({ transfer: defineNotes(folder, { count: 60, bytes }), target })
      // 2 MiB, and the record that makes it full.
      expect(Math.max(...sizes) - 1).to.be.at.most((2 << 20) / bytes)
      expect(Math.min(...sizes.slice(0, -1))).to.be.at.least(10)
    })).timeout(60_000)

  it('hold four times as much where unique keys come in no order', () =>
    withTable(async ({ target, folder, knex }) => {
      await knex.schema.dropTable('notes')
      await knex.schema.createTable('notes', (table) => {
        table.string('id', 36).primary()
        table.text('body').notNullable()
      })
      const bytes = 100_000
      const { source = expect.fail('there is no source') } = defineNotes(folder, { count: 200, bytes })
      const columns = { id: id.uuid(), body: field('body').text() }
      const mappings = { notes: mapping({ from: 'notes', table: 'notes', columns }) }
      const transfer = defineTransfer({ name: 'notes', source, target: {}, folder: join(folder, 'ferry'), mappings })
      const [first = 0] = await sizesOf({ transfer, target })
      expect(first).to.be.within((8 << 20) / bytes, (8 << 20) / bytes + 1)
    })).timeout(60_000)

  it('hold no more than a second of the throttle is worth', () =>
    withTable(async ({ target, folder }) => {
      const sizes = await sizesOf({ transfer: defineNotes(folder, { count: 330 }), target, throttle: 150 })
      expect(sizes).to.deep.equal([150, 150, 30])
    })).timeout(60_000)
})

describe('a pause of the throttle that is longer than the lease', () => {
  it('keeps the lease', () =>
    withTable(async ({ target, folder, knex }) => {
      const transfer = defineNotes(folder, { count: 60 })
      const stop = new AbortController()
      const asked: Promise<unknown>[] = []
      const other = await openSqlite(join(folder, 'target.sqlite'))
      try {
        const onEvent = (event: RunEvent) => {
          if (event.type !== 'batch:committed') return
          const resumed = wait(1200).then(() => errorOf(() => resumeTransfer({ transfer, target: other, noBackup: true })))
          asked.push(resumed.finally(() => stop.abort()))
        }
        const common = { transfer, target, noBackup: true, leaseTtlMs: 400, signal: stop.signal }
        const result = await startTransfer({ ...common, batchRows: 30, throttle: 0.1, onEvent })
        expect((await Promise.all(asked)).map(codeOf)).to.deep.equal(['FERRY_RUN_OWNED'])
        expect(result.exitCode, JSON.stringify(result.error)).to.equal(130)
        expect(await knex('notes').count({ n: '*' })).to.deep.equal([{ n: 30 }])
      } finally {
        await other.close()
      }
    })).timeout(60_000)

  it('ends when the run is asked to pause', () =>
    withTable(async ({ target, folder, knex }) => {
      const other = await openSqlite(join(folder, 'target.sqlite'))
      try {
        const onEvent = (event: RunEvent) => {
          if (event.type === 'batch:committed') void wait(300).then(() => other.knex('ferry_runs').update({ request: 'pause' }))
        }
        const transfer = defineNotes(folder, { count: 60 })
        const result = await startTransfer({ transfer, target, noBackup: true, batchRows: 30, throttle: 0.1, onEvent })
        expect(result.status, JSON.stringify(result.error)).to.equal('paused')
        expect(await knex('notes').count({ n: '*' })).to.deep.equal([{ n: 30 }])
      } finally {
        await other.close()
      }
    })).timeout(60_000)
})

describe('a run whose batches adapt', () => {
  const DEFINITION = fileURLToPath(new URL('../../support/world-definition.ts', import.meta.url))

  /** Everything a run stored that does not depend on where its batches end. */
  async function dumpState(target: Target): Promise<string> {
    const steps: { run_id: string; step_no: number; status: string; counts: string; id_base: unknown }[] = await target
      .knex('ferry_steps')
      .orderBy('step_no')
    const rejects = await target
      .knex('ferry_rejects')
      .select('step_no', 'item_ordinal', 'key_text', 'stage', 'code', 'pointer', 'reason', 'budgeted', 'value_text', 'status')
      .orderBy(['step_no', 'item_ordinal'])
    const session = await target.openSession()
    const lines = rejects.map((row) => JSON.stringify(row))
    const updated: string[] = []
    try {
      for (const { run_id: runId, step_no: step, status, counts, id_base: idBase } of steps) {
        lines.push(JSON.stringify([step, status, counts, String(idBase)]))
        for await (const { rows, updates } of readJournal(session, runId, step, { reverse: false })) {
          for (const { pk, hash } of rows) lines.push(`${step} ${renderRow(pk)} ${hash}`)
          for (const { pk, hash, before } of updates) updated.push(`${step} ${renderRow(pk)} ${hash} ${renderRow(before)}`)
        }
      }
    } finally {
      await session.close()
    }
    return [...lines, ...updated].join('\n')
  }

  async function withWorld(work: (world: WorldFile, adapting: ResolvedTransfer, whole: Target) => Promise<void>): Promise<void> {
    await withTemporaryFolder(async (folder) => {
      const world = await createWorldFile(folder, 60)
      const whole = await openSqlite(join(folder, 'whole.sqlite'))
      try {
        await createTables(whole.knex)
        expect((await startTransfer({ ...world.common, target: whole })).status).to.equal('completed_with_rejects')
        await work(world, { ...world.common.transfer, batchRows: 3, batchesAdapt: true }, whole)
      } finally {
        await whole.close()
        await world.close()
      }
    })
  }

  it('leaves the rows, rejects and journal of one with even batches, also when it is stopped and resumed', () =>
    withWorld(async ({ common, target }, transfer, whole) => {
      const sizes = new Set<number>()
      for (let stops = 0; ; stops += 1) {
        const stop = new AbortController()
        let batches = 0
        const onEvent = (event: RunEvent) => {
          if (event.type !== 'batch:committed') return
          sizes.add(event.items)
          if (++batches === 1 + (stops % 3)) stop.abort()
        }
        const options = { ...common, transfer, onEvent, signal: stop.signal }
        const result = stops === 0 ? await startTransfer(options) : await resumeTransfer(options)
        if (result.status === 'completed_with_rejects') break
        expect(result.exitCode, JSON.stringify(result.error)).to.equal(130)
        expect(stops).to.be.below(400)
      }
      expect(sizes.size).to.be.above(2)
      expect(await dumpWorld(target.knex)).to.equal(await dumpWorld(whole.knex))
      expect(await dumpState(target)).to.equal(await dumpState(whole))
    })).timeout(120_000)

  it('leaves the same with worker threads', () =>
    withWorld(async ({ common, target }, transfer, whole) => {
      const sizes: number[] = []
      const result = await startTransfer({
        ...common,
        transfer,
        definitionFile: DEFINITION,
        workers: 2,
        workersFrom: 1,
        onEvent: (event) => event.type === 'batch:committed' && sizes.push(event.items),
      })
      expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
      expect(Math.max(...sizes)).to.be.above(3)
      expect(await dumpWorld(target.knex)).to.equal(await dumpWorld(whole.knex))
      expect(await dumpState(target)).to.equal(await dumpState(whole))
    })).timeout(120_000)
})
