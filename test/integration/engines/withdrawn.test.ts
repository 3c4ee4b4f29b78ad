import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { Chalk } from 'chalk'
import { renderStatus } from '../../../src/cli/render/render-status.ts'
import { readStatus } from '../../../src/run/read-status.ts'
import { askToStop } from '../../../src/run/request-stop.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import type { Target } from '../../../src/target/target.ts'
import { createKillingTarget } from '../../crash/killing-target.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { forEachEngine } from '../../support/engines.ts'
import {
  createWithdrawnStore,
  createWithdrawnTables,
  defineWithdrawn,
  readRules,
  WITHDRAWN_TABLES,
  type WithdrawnWorld,
} from '../../support/withdrawn-world.ts'
import { countOf } from '../../support/world-run.ts'
import type { WithdrawnOrder } from './withdrawn-child.ts'

const CHILD_ENTRY = fileURLToPath(new URL('./withdrawn-child.ts', import.meta.url))
const EVERY = process.env.FERRY_TEST_RESTARTS === '1'
/** Calls around which an index or a constraint could be lost. */
const DDL =
  /^(drop index|create index|alter table \S+ (drop|add) (constraint|foreign key)|insert into ferry_indexes|delete from ferry_indexes)/i

/** The target, whose sessions do `work` before the first statement, or every one, that looks so. */
function beforeCall(target: Target, pattern: RegExp, work: (sql: string) => Promise<void>, which: 'first' | 'every' = 'first'): Target {
  let isDone = false
  return {
    ...target,
    async openSession() {
      const session = await target.openSession()
      return new Proxy(session, {
        get(inner, name) {
          const member: unknown = Reflect.get(inner, name, inner)
          if (name !== 'run') return typeof member === 'function' ? member.bind(inner) : member
          return async (...given: Parameters<typeof inner.run>) => {
            if (!isDone && pattern.test(given[0])) {
              isDone = which === 'first'
              await work(given[0])
            }
            return inner.run(...given)
          }
        },
      })
    },
  }
}

/** The target as a user has it who may not make foreign keys. */
function withoutRights(target: Target): Target {
  const readTable: typeof target.dialect.readTable = async (session, name) => {
    const table = await target.dialect.readTable(session, name)
    return table && { ...table, foreignKeys: table.foreignKeys.map(({ restorable: _, ...link }) => link) }
  }
  const dialect = { ...target.dialect, readTable }
  return {
    ...target,
    dialect,
    async openSession() {
      const session = await target.openSession()
      return new Proxy(session, {
        get(inner, name) {
          const member: unknown = name === 'dialect' ? dialect : Reflect.get(inner, name, inner)
          return typeof member === 'function' ? member.bind(inner) : member
        },
      })
    },
  }
}

forEachEngine('what a run takes away for the load', (db) => {
  let child = ''
  let folder = ''
  let snapshot = ''
  before(async () => {
    child = await bundleChild(CHILD_ENTRY)
  })
  after(() => rmSync(child, { force: true }))
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-withdrawn-'))
    snapshot = join(folder, 'store.ferry.ndjson')
    await db().session.close()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const prepare = async (world: WithdrawnWorld) => {
    exportStore(createWithdrawnStore(world), snapshot)
    const { target, engine } = db()
    await createWithdrawnTables(target.knex, world, engine)
    const transfer = defineWithdrawn(world, snapshot, join(folder, 'ferry'))
    return { transfer, target, common: { transfer, target, noBackup: true, deferIndexesFrom: 1 } as const }
  }
  const rules = async (world: WithdrawnWorld): Promise<string> => {
    const session = await db().target.openSession()
    try {
      return await readRules(session, world)
    } finally {
      await session.close()
    }
  }
  const runChild = (world: WithdrawnWorld, order: Pick<WithdrawnOrder, 'mode' | 'kill'>) =>
    spawnChild(child, { ...order, world, config: db().config, snapshot, folder: join(folder, 'ferry') })

  it('is recorded and dropped before, and made again after the load', async () => {
    const { common, target } = await prepare('indexed')
    const before = await rules('indexed')
    const events: string[] = []
    const result = await startTransfer({
      ...common,
      onEvent: (event) => {
        if (event.type === 'indexes:dropped') events.push(`dropped ${[...event.names].sort().join(' ')}`)
        if (event.type === 'indexes:restored') events.push(`restored ${event.names.join(' ')}`)
        if (event.type === 'foreign-keys:dropped') events.push(`dropped ${event.names.join(' ')}`)
        if (event.type === 'foreign-keys:restored') events.push(`restored ${event.names.join(' ')}`)
        if (event.type === 'step:started') events.push(event.mapping)
      },
    })
    assert.equal(result.status, 'completed', JSON.stringify(result.error))
    const keys = db().engine === 'sqlite' ? [] : ['visits_next_id_foreign', 'visits_room_id_foreign']
    const indexes = ['visits_by_guest', 'visits_by_hour', 'visits_by_room', ...(db().engine === 'mysql' ? ['visits_next_id_foreign'] : [])]
    assert.deepEqual(events, [
      ...(keys.length > 0 ? [`dropped ${keys.join(' ')}`] : []),
      `dropped ${indexes.join(' ')}`,
      'rooms',
      'visits',
      ...[...indexes, ...keys].map((name) => `restored ${name}`),
    ])
    assert.equal(await rules('indexed'), before)
    assert.equal(await countOf(target.knex, 'ferry_indexes'), 0)
  })

  it('stays where a table has rows, and where few are expected', async () => {
    const { common, target } = await prepare('indexed')
    const dropped: string[] = []
    const onEvent = (event: { readonly type: string; readonly table?: string }) => {
      if (event.type === 'indexes:dropped') dropped.push(event.table ?? '')
    }
    await startTransfer({ ...common, deferIndexesFrom: 91, onEvent })
    assert.deepEqual(dropped, [])
    await rollbackTransfer({ transfer: common.transfer, target })
    await target.knex('rooms').insert({ id: 'own', name: 'Own' })
    await target.knex('visits').insert({ id: 'own', code: 'own', room_id: 'own', next_id: 'own', guest: 'me', hour: 1 })
    const result = await startTransfer({ ...common, onEvent })
    assert.equal(result.status, 'completed', JSON.stringify(result.error))
    assert.deepEqual(dropped, [])
  })

  for (const end of ['resume', 'cancel', 'rollback'] as const) {
    it(`is named by status while it is away, and comes back by ${end}`, async () => {
      const { common, transfer, target } = await prepare('indexed')
      const before = await rules('indexed')
      const stop = new AbortController()
      const result = await startTransfer({
        ...common,
        signal: stop.signal,
        onEvent: (event) => {
          if (event.type === 'batch:committed' && event.step === 1) stop.abort()
        },
      })
      assert.equal(result.error?.code, 'FERRY_RUN_INTERRUPTED')
      const status = await readStatus(target, {})
      const away = status.missingIndexes.map(({ name }) => name)
      assert.includeMembers(away, ['visits_by_guest', 'visits_by_hour'])
      const shown = renderStatus(status, new Chalk({ level: 0 })).join('\n')
      assert.equal(shown.includes('visits.visits_room_id_foreign (foreign key)'), db().engine !== 'sqlite', shown)
      assert.notEqual(await rules('indexed'), before)
      if (end === 'resume') assert.equal((await resumeTransfer(common)).status, 'completed')
      if (end === 'cancel') assert.equal((await askToStop(target, { request: 'cancel' })).done, 'moved')
      if (end === 'rollback') assert.equal((await rollbackTransfer({ transfer, target })).status, 'rolled_back')
      assert.equal(await rules('indexed'), before)
      assert.deepEqual((await readStatus(target, {})).missingIndexes, [])
    })
  }

  for (const end of ['resume', 'rollback'] as const)
    it(`is a foreign key whose parents the run brings: a parent taken away meanwhile fails the run, and ${end} puts it right`, async function () {
      if (db().engine === 'sqlite') this.skip()
      const { common, transfer, target } = await prepare('indexed')
      const before = await rules('indexed')
      const dropped: string[] = []
      const events: string[] = []
      let gone: Record<string, unknown>[] = []
      const referred = target.knex('visits').whereNotNull('room_id').select('room_id').limit(1)
      const result = await startTransfer({
        ...common,
        target: beforeCall(target, /add constraint/i, async () => {
          const [{ room_id: id } = { room_id: '' }] = await referred
          gone = await target.knex('rooms').where({ id })
          await target.knex('rooms').where({ id }).del()
        }),
        onEvent: (event) => {
          if (event.type === 'foreign-keys:dropped') dropped.push(...event.names)
        },
      })
      assert.deepEqual(dropped, ['visits_next_id_foreign', 'visits_room_id_foreign'])
      assert.equal(result.status, 'failed')
      assert.equal(result.error?.code, 'FERRY_LOAD_FOREIGN_KEYS')
      assert.deepEqual(
        (await readStatus(target, {})).missingIndexes.map(({ name }) => name),
        ['visits_next_id_foreign', 'visits_room_id_foreign'],
      )
      assert.lengthOf(gone, 1)
      const onEvent = ({ type }: { readonly type: string }) => events.push(type)
      if (end === 'resume') {
        await target.knex('rooms').insert(gone)
        assert.equal((await resumeTransfer({ ...common, onEvent })).status, 'completed')
      } else {
        assert.equal((await rollbackTransfer({ transfer, target })).status, 'rolled_back')
        assert.equal(await rules('indexed'), before)
        assert.equal(await countOf(target.knex, 'visits'), 0)
        assert.equal((await startTransfer({ ...common, onEvent })).status, 'completed')
      }
      assert.include(events, 'foreign-keys:restored')
      assert.equal(await rules('indexed'), before)
    })

  it('is a foreign key whose connection is lost while it is made again: no word of its rows, and resume brings it back', async function () {
    if (db().engine === 'sqlite') this.skip()
    const { common, target } = await prepare('indexed')
    const before = await rules('indexed')
    const others =
      db().engine === 'mysql'
        ? 'select id from information_schema.processlist where db = database() and id <> connection_id()'
        : 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    const result = await startTransfer({
      ...common,
      target: beforeCall(target, /add constraint/i, async () => {
        const told = await target.knex.raw<{ id: number }[][]>(others)
        if (db().engine === 'mysql') for (const { id } of told[0] ?? []) await target.knex.raw(`kill ${id}`)
      }),
    })
    assert.notEqual(result.status, 'completed')
    assert.notEqual(result.error?.code, 'FERRY_LOAD_FOREIGN_KEYS', result.error?.message)
    assert.equal((await resumeTransfer(common)).status, 'completed')
    assert.equal(await rules('indexed'), before)
  })

  it('is no foreign key that the user of MySQL may not make again: the session leaves its checks to verification', async function () {
    if (db().engine !== 'mysql') this.skip()
    const { common: mine, transfer, target: own } = await prepare('indexed')
    const target = withoutRights(own)
    const common = { ...mine, target }
    const switches: string[] = []
    const watched = beforeCall(target, /^set session foreign_key_checks/, async (sql) => void switches.push(sql), 'every')
    assert.equal((await startTransfer({ ...common, target: watched })).status, 'completed')
    assert.deepEqual(switches.slice(0, 2), ['set session foreign_key_checks = 0', 'set session foreign_key_checks = 1'])
    await rollbackTransfer({ transfer, target })
    const result = await startTransfer({
      ...common,
      target: beforeCall(target, /^set session foreign_key_checks = 1/, async () => {
        await target.knex.transaction(async (trx) => {
          await trx.raw('set session foreign_key_checks = 0')
          await trx('rooms').limit(1).del()
          await trx.raw('set session foreign_key_checks = 1')
        })
      }),
    })
    assert.equal(result.status, 'failed')
    assert.equal(result.error?.code, 'FERRY_VERIFY_DIFFERENT')
    assert.include(result.error?.message, 'foreign-keys')
  })

  for (const options of [{ noVerify: true }, { deferIndexesFrom: 1_000_000 }]) {
    it(`is checked row by row with ${Object.keys(options).join()}`, async function () {
      if (db().engine !== 'mysql') this.skip()
      const { common, target } = await prepare('indexed')
      const switches: string[] = []
      const watched = beforeCall(
        withoutRights(target),
        /^set session foreign_key_checks = 0/,
        async (sql) => void switches.push(sql),
        'every',
      )
      await startTransfer({ ...common, ...options, target: watched })
      assert.deepEqual(switches, [])
    })
  }

  it('is no foreign key to rows that were there before', async function () {
    if (db().engine === 'sqlite') this.skip()
    const { common, target } = await prepare('indexed')
    await target.knex('rooms').insert({ id: 'own', name: 'Own' })
    const types: string[] = []
    const result = await startTransfer({ ...common, onEvent: ({ type }) => types.push(type) })
    assert.equal(result.status, 'completed', JSON.stringify(result.error))
    assert.notInclude(types, 'foreign-keys:dropped')
  })

  it('is a foreign key that half a cycle would break: cancel leaves it away and named, rollback brings it back', async function () {
    if (db().engine !== 'postgres') this.skip()
    const { common, transfer, target } = await prepare('ring')
    const before = await rules('ring')
    const stop = new AbortController()
    await startTransfer({
      ...common,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'batch:committed') stop.abort()
      },
    })
    const names = async () => (await readStatus(target, {})).missingIndexes.map(({ name }) => name)
    assert.sameMembers(await names(), ['hens_next', 'eggs_next'])
    await askToStop(target, { request: 'cancel' })
    assert.include(await names(), 'hens_next')
    assert.equal((await rollbackTransfer({ transfer, target })).status, 'rolled_back')
    assert.deepEqual(await names(), [])
    assert.equal(await rules('ring'), before)
  })

  for (const world of ['indexed', 'ring'] as const) {
    it(`comes back after a kill at ${EVERY ? 'every' : 'some'} call around ${world === 'ring' ? 'constraints' : 'indexes'}, by resume and by rollback`, async function () {
      this.timeout(0)
      // Only PostgreSQL has no switch of the session for foreign keys.
      if (world === 'ring' && db().engine !== 'postgres') this.skip()
      const { common, transfer, target } = await prepare(world)
      const before = await rules(world)
      // Once uncounted: the first run makes the ferry_* tables, which later ones find, so its calls have other numbers.
      await startTransfer(common)
      await rollbackTransfer({ transfer, target })
      const starting: number[] = []
      const whole = createKillingTarget(target, { at: 0, when: 'after' }, (call, name, sql) => {
        if (name === 'run' && DDL.test(sql)) starting.push(call)
      })
      const first = await startTransfer({ ...common, target: whole.target })
      assert.equal(first.status, 'completed', JSON.stringify(first.error))
      const undoing: number[] = []
      const undone = createKillingTarget(target, { at: 0, when: 'after' }, (call, name, sql) => {
        if (name === 'run' && DDL.test(sql)) undoing.push(call)
      })
      await rollbackTransfer({ transfer, target: undone.target })
      assert.equal(await rules(world), before)
      assert.isAbove(starting.length, 5)

      for (const [n, at] of some(starting).entries()) {
        assert.isTrue((await runChild(world, { mode: 'start', kill: { at, when: 'after' } })).killed, `call ${at}`)
        if (n % 2 === 0) {
          const resumed = await resumeTransfer(common)
          assert.equal(resumed.status, 'completed', `${at}: ${JSON.stringify(resumed.error)}`)
          for (const { table, counts } of resumed.steps) assert.equal(await countOf(target.knex, table), counts.inserted)
          assert.equal(await rules(world), before, `resumed after call ${at}`)
        }
        await rollbackTransfer({ transfer, target })
        assert.equal(await rules(world), before, `rolled back after call ${at}`)
        assert.equal(await countOf(target.knex, 'ferry_indexes'), 0)
        for (const table of WITHDRAWN_TABLES[world]) assert.equal(await countOf(target.knex, table), 0)
      }
      for (const at of some(undoing)) {
        assert.equal((await startTransfer(common)).status, 'completed')
        assert.isTrue((await runChild(world, { mode: 'rollback', kill: { at, when: 'after' } })).killed, `call ${at}`)
        await rollbackTransfer({ transfer, target })
        assert.equal(await rules(world), before, `rollback killed after call ${at}`)
        assert.equal(await countOf(target.knex, 'ferry_indexes'), 0)
      }
    })
  }
})

/** All of them in the long suite; else four, spread. */
function some(calls: readonly number[]): readonly number[] {
  return EVERY ? calls : calls.filter((_, at) => at % Math.ceil(calls.length / 4) === 1)
}

async function spawnChild(path: string, order: WithdrawnOrder): Promise<{ readonly killed: boolean }> {
  const child = spawn(process.execPath, [path, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complained = ''
  child.stderr.on('data', (text) => {
    complained += String(text)
  })
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => child.on('close', (...end) => resolve(end)))
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the child ended with ${code}: ${complained}`)
  return { killed: signal === 'SIGKILL' }
}
