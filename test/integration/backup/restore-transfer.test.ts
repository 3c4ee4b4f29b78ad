import { join } from 'node:path'
import { assert } from 'chai'
import { createBackup } from '../../../src/backup/create-backup.ts'
import { restoreBackup } from '../../../src/backup/restore-backup.ts'
import { findOpenRestore, writeRestoreJournal } from '../../../src/run/restore-journal.ts'
import { restoreTransfer } from '../../../src/run/restore-transfer.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import type { RunResult } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { takeLease } from '../../../src/state/lease.ts'
import { listRuns, type Run, readRun } from '../../../src/state/runs.ts'
import type { Session } from '../../../src/target/target.ts'
import { failureOf } from '../../support/failure-of.ts'
import { countOf, dumpWorld, forEachWorld } from '../../support/world-run.ts'

forEachWorld('the level restore', { teams: 10 }, (run) => {
  let before: string

  const options = () => ({ transfer: run().transfer, target: run().db.target })
  const withSession = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await run().db.target.openSession()
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }
  const runs = () => withSession((session) => listRuns(session))
  const transfer = async (): Promise<RunResult> => {
    before = await dumpWorld(run().knex)
    const result = await startTransfer(options())
    assert.equal(result.status, 'completed_with_rejects', JSON.stringify(result.error))
    assert.notEqual(await dumpWorld(run().knex), before)
    return result
  }
  const assertRestored = async (runId: string, tokenBefore: number) => {
    assert.equal(await dumpWorld(run().knex), before)
    const [found, ...others] = await runs()
    assert.deepEqual(others, [])
    assert.deepInclude(found, { id: runId, status: 'rolled_back', owner: null })
    assert.isAbove(found?.leaseToken ?? 0, tokenBefore)
    assert.isDefined(found?.facts.restoredFrom)
    assert.equal(await countOf(run().knex, 'ferry_steps'), 0)
    assert.isUndefined(await findOpenRestore(run().transfer.folder, { target: run().db.target.label }))
  }
  const known = async (runId: string): Promise<Run> => withSession((session) => readRun(session, runId))

  it('puts the database back to the run’s backup and writes the run into it, its token raised', async () => {
    const { runId } = await transfer()
    const { leaseToken } = await known(runId)
    await run().knex('settings').update({ value: 'the app went on' })
    const seen = await rollbackTransfer({ ...options(), levels: ['restore'], dryRun: true })
    assert.equal(seen.status, 'dry_run')
    const result = await rollbackTransfer({ ...options(), levels: ['switch', 'restore'] })
    assert.deepInclude(result, { runId, status: 'rolled_back', exitCode: 0 })
    await assertRestored(runId, leaseToken)
    assert.equal((await failureOf(resumeTransfer(options()))).code, 'FERRY_RUN_NOT_RESUMABLE')
    const again = await startTransfer(options())
    assert.equal(again.status, 'completed_with_rejects', 'and the transfer can start anew')
  })

  it('writes a run that the backup does not know', async () => {
    const backup = await withSession((session) =>
      createBackup({ target: run().db.target, session, folder: run().transfer.folder, now: () => Date.now(), report: () => {} }),
    )
    const { runId } = await transfer()
    const result = await restoreTransfer({ ...options(), backup: backup.manifest })
    assert.isUndefined(result.runId, 'the backup was made for no run')
    assert.deepEqual(result.undone, [runId])
    assert.equal(await dumpWorld(run().knex), before)
    assert.deepInclude((await runs())[0], { id: runId, status: 'rolled_back' })
  })

  it('leaves a run that the backup holds whole as it was', async () => {
    const { runId } = await transfer()
    const after = await dumpWorld(run().knex)
    const { leaseToken } = await known(runId)
    const backup = await withSession((session) =>
      createBackup({ target: run().db.target, session, folder: run().transfer.folder, now: () => Date.now(), report: () => {} }),
    )
    await rollbackTransfer(options())
    const result = await restoreTransfer({ ...options(), backup: backup.manifest })
    assert.deepEqual(result.undone, [])
    assert.equal(await dumpWorld(run().knex), after)
    const found = await known(runId)
    assert.equal(found.status, 'completed_with_rejects')
    assert.isAbove(found.leaseToken, leaseToken)
  })

  it('is ended by the next call, killed before, in or after the copying', async () => {
    const { runId, folder } = await transfer()
    const { target } = run().db
    const found = await known(runId)
    const backup = found.facts.backup ?? ''
    const started = { state: 'started', target: target.label, backup, runId, runs: [found] } as const
    await writeRestoreJournal(folder, started)
    await restoreTransfer(options())
    await assertRestored(runId, found.leaseToken)
    await writeRestoreJournal(folder, started)
    await restoreBackup({ target, manifest: backup })
    await rollbackTransfer({ ...options(), levels: ['restore'] })
    await assertRestored(runId, found.leaseToken)
  })

  it('refuses a run of a living owner, one without a backup, and a cut backup, touching nothing', async () => {
    const { runId, folder } = await transfer()
    const after = await dumpWorld(run().knex)
    await withSession((session) => takeLease(session, runId, { owner: 'elsewhere/boot/1/1', ttlMs: 60_000 }))
    assert.equal((await failureOf(restoreTransfer(options()))).code, 'FERRY_RUN_OWNED')
    await run().knex('ferry_runs').update({ lease_owner: null })
    const { facts } = await known(runId)
    const bad = join(folder, 'nothing.json')
    assert.equal((await failureOf(restoreTransfer({ ...options(), backup: bad }))).code, 'FERRY_BACKUP_INVALID')
    await run()
      .knex('ferry_runs')
      .update({ facts: JSON.stringify({ ...facts, backup: undefined }) })
    assert.equal((await failureOf(restoreTransfer(options()))).code, 'FERRY_ROLLBACK_REFUSED')
    assert.equal(await dumpWorld(run().knex), after)
  })
})
