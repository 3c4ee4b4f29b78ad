import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import { NO_COUNTS, START } from '../../../src/core/position.ts'
import type { Reject } from '../../../src/core/reject.ts'
import { forgetDropped, listDropped, recordDropped } from '../../../src/state/dropped-indexes.ts'
import { findIds, insertIds, removeIds } from '../../../src/state/id-map.ts'
import { appendJournal, readJournal, readJournalEntry, removeJournalEntry } from '../../../src/state/journal.ts'
import { dropLease, holdLease, isOwnerAlive, ownerName, takeLease } from '../../../src/state/lease.ts'
import { findRejected, groupRejects, insertRejects, listRejects, markLanded, readReject } from '../../../src/state/rejects.ts'
import { addFacts, insertRun, listRuns, moveRun, readRun, requestStop } from '../../../src/state/runs.ts'
import { ensureState, hasState } from '../../../src/state/state-tables.ts'
import { insertSteps, readSteps, saveCheckpoint } from '../../../src/state/steps.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { newRun, newStep } from '../../support/runs.ts'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../../support/make-state.ts', import.meta.url))
const LEASE = { owner: ownerName(), ttlMs: 60_000 }
/** A process of this host and boot that has ended: pids end at 2^22. */
const DEAD = [...ownerName().split('/').slice(0, 2), 4_194_305, 1].join('/')
const ELSEWHERE = 'another-host/boot/1/1'

forEachEngine('state', (db) => {
  it('makes its tables once, whoever comes first, and knows them again', async () => {
    const { session, config } = db()
    expect(await hasState(session)).to.equal(false)
    const script = await bundleChild(SCRIPT)
    const make = () => run(process.execPath, [script, JSON.stringify(config)])
    await Promise.all([make(), make(), ensureState(session)])
    rmSync(script)
    await ensureState(session)
    expect(await hasState(session)).to.equal(true)
    expect(await session.all('SELECT id, version FROM ferry_version')).to.deep.equal([{ id: 1, version: 2 }])
  })

  it('refuses tables of another version', async () => {
    const { session } = db()
    await ensureState(session)
    await session.run('UPDATE ferry_version SET version = 7')
    await expectCode(ensureState(session), 'FERRY_STATE_VERSION')
  })

  it('keeps a run as given, newest first', async () => {
    const { session } = await ready(db())
    await insertRun(session, newRun({ id: 'run-2', transfer: 'other', facts: { rowsBefore: { spots: 3 } } }), LEASE)
    const run = await readRun(session, 'run-2')
    expect(run).to.deep.include({ ...newRun({ id: 'run-2', transfer: 'other' }), facts: { rowsBefore: { spots: 3 } } })
    expect(run).to.deep.include({ status: 'running', leaseToken: 1, owner: LEASE.owner, request: null, finishedAt: null })
    expect(Math.abs(run.startedAt - Date.now())).to.be.below(60_000)
    expect((run.leaseExpiresAt ?? 0) - run.startedAt).to.equal(60_000)
    expect((await listRuns(session)).map(({ id }) => id)).to.deep.equal(['run-2', 'run-1'])
    expect((await listRuns(session, { transfer: 'garage', limit: 5 })).map(({ id }) => id)).to.deep.equal(['run-1'])
    await expectCode(readRun(session, 'run-9'), 'FERRY_RUN_NOT_FOUND')
  })

  it('moves a run by allowed transitions alone, and from where it stands', async () => {
    const { session } = await ready(db())
    const error = { code: 'FERRY_TARGET_FULL', message: 'full', hint: 'free some' }
    await moveRun(session, 'run-1', { from: 'running', to: 'failed', error })
    expect(await readRun(session, 'run-1')).to.deep.include({ status: 'failed', errorCode: error.code, errorHint: 'free some' })
    await expectCode(moveRun(session, 'run-1', { from: 'running', to: 'paused' }), 'FERRY_STATE_TRANSITION')
    await expectCode(moveRun(session, 'run-1', { from: 'failed', to: 'completed' }), 'FERRY_STATE_TRANSITION')
    await moveRun(session, 'run-1', { from: 'failed', to: 'rolling_back' })
    await moveRun(session, 'run-1', { from: 'rolling_back', to: 'rolling_back' })
    await moveRun(session, 'run-1', { from: 'rolling_back', to: 'rolled_back' })
    const run = await readRun(session, 'run-1')
    expect(run.errorCode).to.equal(error.code)
    expect(run.finishedAt).to.be.a('number')
  })

  it('merges facts and holds a request', async () => {
    const { session } = await ready(db())
    await addFacts(session, 'run-1', { backup: 'a', totalItems: 1 })
    await addFacts(session, 'run-1', { totalItems: 2 })
    await addFacts(session, 'run-1', { totalItems: 2 })
    expect((await readRun(session, 'run-1')).facts).to.deep.equal({ backup: 'a', totalItems: 2 })
    await requestStop(session, 'run-1', 'pause')
    await requestStop(session, 'run-1', 'pause')
    expect((await readRun(session, 'run-1')).request).to.equal('pause')
    await requestStop(session, 'run-1', null)
    expect((await readRun(session, 'run-1')).request).to.equal(null)
  })

  it('counts each batch of a step once', async () => {
    const { session } = await ready(db())
    const steps = [newStep({ number: 1, idBase: 2n ** 60n, expected: 9 }), newStep({ number: 2, kind: 'patch', mapping: 'x' })]
    await insertSteps(session, steps)
    expect(await readSteps(session, 'run-1')).to.deep.equal(steps)
    const position = { cursor: { at: [1, 'ü'] }, taken: 1, item: 2, ordinal: 3 }
    const first = { runId: 'run-1', number: 1, status: 'running', position, counts: { ...NO_COUNTS, read: 3 }, batches: 1 } as const
    await saveCheckpoint(session, first)
    await expectCode(saveCheckpoint(session, first), 'FERRY_STATE_CORRUPT')
    await expectCode(saveCheckpoint(session, { ...first, batches: 3 }), 'FERRY_STATE_CORRUPT')
    await saveCheckpoint(session, { ...first, status: 'done' })
    await saveCheckpoint(session, { runId: 'run-1', number: 2, status: 'running', position: START, counts: NO_COUNTS, batches: 0 })
    const [one, two] = await readSteps(session, 'run-1')
    expect(one).to.deep.include({ status: 'done', position, batches: 1 })
    expect(one?.counts.read).to.equal(3)
    expect(two).to.deep.include({ status: 'running', batches: 0, kind: 'patch' })
  })

  it('gives a lease to one owner, and fences the one before', async () => {
    const { session } = await ready(db())
    const ours = { runId: 'run-1', token: 1, owner: LEASE.owner }
    await holdLease(session, ours, 60_000)
    await holdLease(session, ours, 60_000)
    await expectCode(takeLease(session, 'run-1', { owner: ELSEWHERE, ttlMs: 1_000 }), 'FERRY_RUN_OWNED')
    await dropLease(session, ours)
    await expectCode(holdLease(session, ours, 60_000), 'FERRY_RUN_FENCED')
    const theirs = await takeLease(session, 'run-1', { owner: ELSEWHERE, ttlMs: 60_000 })
    expect(theirs.token).to.equal(2)
    await dropLease(session, ours)
    await expectCode(holdLease(session, ours, 60_000), 'FERRY_RUN_FENCED')
    await holdLease(session, theirs, -1)
    expect((await takeLease(session, 'run-1', { owner: LEASE.owner, ttlMs: 60_000 })).token).to.equal(3)
    await expectCode(holdLease(session, theirs, 60_000), 'FERRY_RUN_FENCED')
    await expectCode(takeLease(session, 'run-9', LEASE), 'FERRY_RUN_NOT_FOUND')
  })

  it('takes over a dead process of this host at once, and gives a run to one of two who come together', async () => {
    const { engine, session, openAgain } = await ready(db())
    await session.run('UPDATE ferry_runs SET lease_owner = ? WHERE id = ?', [DEAD, 'run-1'])
    const other = (await openAgain()).session
    const come = (owner: string, on = session) => takeLease(on, 'run-1', { owner, ttlMs: 60_000 })
    // Two connections of one process cannot wait for one another on SQLite: there the second comes after the first.
    const results =
      engine === 'sqlite'
        ? [await settle(come(LEASE.owner)), await settle(come(ELSEWHERE, other))]
        : await Promise.all([settle(come(LEASE.owner)), settle(come(ELSEWHERE, other))])
    expect(results.filter((error) => error === undefined)).to.have.length(1)
    expect(results.filter((error) => isFerryError(error, 'FERRY_RUN_OWNED'))).to.have.length(1)
    expect((await readRun(session, 'run-1')).leaseToken).to.equal(2)
  })

  it('keeps rejects whole and in order', async () => {
    const { session } = await ready(db())
    const rejects = [
      reject({ key: ['a', 1], value: { when: new Date(5), big: 7n, map: new Map([['k', undefined]]) } }),
      reject({ raw: 'x' }),
    ]
    await insertRejects(session, 'run-1', 1, rejects)
    await insertRejects(session, 'run-1', 2, [reject({ key: 1, ordinal: 7, code: 'UNIQUE', parentKey: 'p', index: 3, value: undefined })])
    await insertRejects(session, 'run-1', 2, [])
    const found = await listRejects(session, 'run-1')
    expect(found.map(({ id }) => id)).to.deep.equal([1, 2, 3])
    expect(found[0]).to.deep.equal({ ...rejects[0], id: 1, runId: 'run-1', step: 1, status: 'open' })
    expect(found[1]).to.deep.equal({ ...rejects[1], id: 2, runId: 'run-1', step: 1, status: 'open' })
    expect(found[2]).to.deep.include({ ordinal: 7, parentKey: 'p', index: 3 })
    expect(found[2]).to.have.property('value', undefined)
    expect((await listRejects(session, 'run-1', { afterId: 1, limit: 1 })).map(({ id }) => id)).to.deep.equal([2])
    expect((await listRejects(session, 'run-1', { code: 'UNIQUE', mapping: 'spots', status: 'open' })).map(({ id }) => id)).to.deep.equal([
      3,
    ])
    await markLanded(session, 'run-1', { ids: [1, 3], by: 'retry-1' })
    expect((await listRejects(session, 'run-1', { status: 'open' })).map(({ id }) => id)).to.deep.equal([2])
    expect((await readReject(session, 'run-1', 3)).status).to.equal('landed')
    await expectCode(readReject(session, 'run-1', 4), 'FERRY_RUN_NOT_FOUND')
  })

  it('groups open rejects by cause with samples', async () => {
    const { session } = await ready(db())
    const five = [1, 2, 3, 4, 5].map((key) => reject({ key, ordinal: key, pointer: '/size' }))
    await insertRejects(session, 'run-1', 1, [reject({ key: 'x', code: 'TYPE' }), ...five])
    const [first, second] = await groupRejects(session, 'run-1')
    expect(first).to.deep.equal({
      ...{ mapping: 'spots', stage: 'transform', code: 'ENUM', pointer: '/size', count: 5 },
      ...{ samples: ['n1', 'n2', 'n3'], reason: 'not one of the values' },
    })
    expect(second).to.deep.include({ code: 'TYPE', count: 1, samples: ['s"x"'] })
  })

  it('finds rejected keys over runs, not links, not landed ones, not look-alikes', async () => {
    const { session } = await ready(db())
    await insertRun(session, newRun({ id: 'run-2', kind: 'retry', parentId: 'run-1' }), LEASE)
    await insertRejects(session, 'run-1', 1, [reject({ key: 1 }), reject({ key: 'Ab' }), reject({ key: 'link', stage: 'link' })])
    await insertRejects(session, 'run-2', 1, [reject({ key: 'late' }), reject({ key: 'landed' }), reject({ key: 'm', mapping: 'other' })])
    await markLanded(session, 'run-2', { ids: [2], by: 'retry-2' })
    const many = Array.from({ length: 3_000 }, (_, at) => `k${at}`)
    const found = await findRejected(session, ['run-2', 'run-1'], 'spots', [1, '1', 'Ab', 'ab', 'link', 'late', 'landed', 'm', ...many])
    expect([...found].sort()).to.deep.equal(['n1', 's"Ab"', 's"late"'])
  })

  it('maps keys to primary keys exactly, per run and mapping', async () => {
    const { session } = await ready(db())
    const ids = Array.from({ length: 1_200 }, (_, at) => ({ key: `k${at}`, pk: [BigInt(at)] }))
    await session.begin()
    await insertIds(session, 'run-1', 'spots', ids)
    await insertIds(session, 'run-1', 'spots', [
      { key: 1, pk: [2n ** 60n] },
      { key: '1', pk: ['text', 5] },
      { key: ['a', 1n], pk: [new Uint8Array([0, 255])] },
    ])
    await insertIds(session, 'run-2', 'spots', [{ key: 'k1', pk: ['second'] }])
    await session.commit()
    const found = await findIds(session, ['run-1', 'run-2'], 'spots', [...ids.map(({ key }) => key), 1, '1', ['a', 1n], 'absent'])
    expect(found.size).to.equal(1_203)
    expect(found.get('s"k1"')).to.deep.equal([1n])
    expect(found.get('n1')).to.deep.equal([2n ** 60n])
    expect(found.get('s"1"')).to.deep.equal(['text', 5])
    expect(found.get('[s"a",i1]')).to.deep.equal([new Uint8Array([0, 255])])
    expect((await findIds(session, ['run-1'], 'other', ['k1'])).size).to.equal(0)
    await removeIds(session, 'run-1', 'spots')
    expect((await findIds(session, ['run-1', 'run-2'], 'spots', ['k1', 'k2'])).get('s"k1"')).to.deep.equal(['second'])
  })

  it('reads the journal forwards and backwards while the session is used between', async () => {
    const { session } = await ready(db())
    const entries = [1, 2, 3].map((batch) => ({
      ...{ runId: 'run-1', step: 1, batch },
      rows: [{ pk: [BigInt(batch), 'a'], hash: 2n ** 64n - BigInt(batch), values: [null, 'x'] }],
      updates: [{ pk: [7, 'b'], hash: 5n, before: ['old', null, 1.5] }],
    }))
    for (const entry of entries) await appendJournal(session, entry)
    await appendJournal(session, { runId: 'run-1', step: 2, batch: 1, rows: [], updates: [] })
    const seen: number[] = []
    for await (const entry of readJournal(session, 'run-1', 1, { reverse: true })) {
      expect(entry).to.deep.equal(entries[entry.batch - 1])
      seen.push(entry.batch)
      await removeJournalEntry(session, 'run-1', 1, entry.batch)
    }
    expect(seen).to.deep.equal([3, 2, 1])
    expect(await readJournalEntry(session, 'run-1', 1, 1)).to.equal(undefined)
    expect(await readJournalEntry(session, 'run-1', 2, 1)).to.deep.include({ rows: [], updates: [] })
  })

  it('says where a damaged journal row stands', async () => {
    const { session } = await ready(db())
    await appendJournal(session, { runId: 'run-1', step: 1, batch: 1, rows: [{ pk: [1], hash: 1n }], updates: [] })
    await session.run('UPDATE ferry_journal SET packed = ?', [new Uint8Array([1, 2, 3])])
    await expectCode(readJournalEntry(session, 'run-1', 1, 1), 'FERRY_STATE_CORRUPT')
  })

  it('remembers dropped indexes with their first text', async () => {
    const { session } = await ready(db())
    const index = { runId: 'run-1', table: 'spots', name: 'by_floor', kind: 'index', ddl: 'create index …' } as const
    const key = { ...index, name: 'fk', kind: 'foreign_key' } as const
    // On MySQL an index may have the name of its foreign key.
    const twin = { ...key, name: index.name }
    await recordDropped(session, [twin, index, key])
    await recordDropped(session, [{ ...index, ddl: 'something else' }])
    expect(await listDropped(session, 'run-1')).to.deep.equal([index, twin, key])
    await forgetDropped(session, index)
    expect(await listDropped(session, 'run-1')).to.deep.equal([twin, key])
  })
})

describe('ownerName', () => {
  it('is alive here, dead when its process is another one, unknown elsewhere', () => {
    expect(ownerName()).to.equal(ownerName())
    expect(ownerName().startsWith(`${hostname()}/`)).to.equal(true)
    expect(isOwnerAlive(ownerName())).to.equal(true)
    expect(isOwnerAlive(DEAD)).to.equal(false)
    expect(isOwnerAlive(`${ownerName()}9`)).to.equal(false)
    expect(isOwnerAlive(ownerName().replace(/\/[^/]+/, '/another-boot'))).to.equal(false)
    expect(isOwnerAlive(ELSEWHERE)).to.equal(undefined)
    expect(isOwnerAlive('no owner at all')).to.equal(undefined)
  })
})

async function ready(database: EngineDatabase): Promise<EngineDatabase> {
  await ensureState(database.session)
  await insertRun(database.session, newRun(), LEASE)
  return database
}

function reject(fields: Partial<Reject>): Reject {
  const plain = { mapping: 'spots', ordinal: 0, key: undefined, stage: 'transform', code: 'ENUM', pointer: '', budgeted: true } as const
  return { ...plain, reason: 'not one of the values', ...fields }
}

async function expectCode(work: Promise<unknown>, code: Parameters<typeof isFerryError>[1]): Promise<void> {
  const error = await settle(work)
  expect(isFerryError(error, code), `expected ${code}, got ${String(error)}`).to.equal(true)
}

/** What a promise was rejected with; undefined where it was kept. */
function settle(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
