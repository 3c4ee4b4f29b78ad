import { join, resolve } from 'node:path'
import { FerryError } from '../core/errors.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { SnapshotSource } from '../snapshot/snapshot-source.ts'
import { spoolSource } from '../snapshot/spool-source.ts'
import { insertRun, listRuns, readRun } from '../state/runs.ts'
import { ensureState, hasState } from '../state/state-tables.ts'
import type { Session } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { assertSource } from './assert-source.ts'
import { conduct, runPhases } from './conduct.ts'
import { isUnfinished } from './find-run.ts'
import { assertPreflight, forecast } from './forecast.ts'
import { newRunId, type OpenedPlace, openPlace, runFolder, sourceOf } from './new-place.ts'
import { OpenRun } from './open-run.ts'
import { prepareSteps } from './prepare-steps.ts'
import { findMissingTables } from './read-tables.ts'
import type { RunResult, TransferOptions } from './run-options.ts'
import { createRunWorkers, type RunWorkers, type SourceHash } from './run-workers.ts'
import { takeFingerprint } from './settle-source.ts'

/** Name of the spooled source in a run's folder. */
export const SPOOL_FILE = 'source.ferry.ndjson'

/**
 * Moves the source into the target: preflight, backup, migrate, load, verify, switch.
 * Resolves with the run's result whatever it came to; rejects only where no run could begin.
 * @throws FERRY_RUN_EXISTS when a run of this transfer is open (resume it) or completed; FERRY_PREFLIGHT_FAILED; FERRY_RUN_OWNED; FERRY_SOURCE_CHANGED
 */
export async function startTransfer(options: TransferOptions): Promise<RunResult> {
  const given = sourceOf(options)
  const runId = newRunId()
  const folder = resolve(runFolder(options.transfer.folder, runId))
  const session = await options.target.openSession()
  let opened: OpenedPlace | undefined
  let run: OpenRun | undefined
  let workers: RunWorkers | undefined
  try {
    await assertNoOtherRun(session, options)
    await assertSource(given, options.transfer)
    opened = openPlace(options, { runId, source: given, folder })
    const spooled = given.volatile ? await spool(given, opened, folder) : undefined
    const source = spooled ?? given
    workers = createRunWorkers({ ...opened.place, source })
    await workers.openEarly()
    const prepared = await prepareIfPossible(session, opened.place)
    // Made beside preflight and the first batches, where a thread can and nothing hangs on it.
    const hash = prepared === undefined || source.checksItself === true ? undefined : await workers.hashSource()
    if (prepared !== undefined) workers.warm(prepared)
    const asFound = hash === undefined ? await source.fingerprint() : ''
    const seen = prepared && (await forecast({ ...opened.place, source }, { session, prepared, workers }))
    if (seen !== undefined) assertPreflight(seen)
    const fingerprint = hash?.isMade === true ? await takeFingerprint(hash) : asFound
    run = await beginRun(session, {
      place: { ...opened.place, source, ...(seen === undefined ? {} : { forecast: seen }) },
      runId,
      fingerprint,
      firstHash: fingerprint === '' ? hash : undefined,
      spooled,
      workers,
    })
  } finally {
    if (run === undefined) {
      await workers?.close()
      opened?.discard()
      await session.close()
    }
  }
  try {
    const held = run
    return await conduct(held, () => runPhases(held, 'backup'))
  } finally {
    opened.close()
  }
}

async function assertNoOtherRun(session: Session, options: TransferOptions): Promise<void> {
  if (!(await hasState(session))) return
  const runs = await listRuns(session, { transfer: options.transfer.name })
  const open = runs.find(isUnfinished)
  if (open !== undefined) {
    throw new FerryError('FERRY_RUN_EXISTS', `run ${open.id} of ${open.transfer} is ${open.status}`, {
      hint: 'Go on with `ferry resume`, or take it out with `ferry rollback`.',
    })
  }
  const done = runs.find(({ status, kind }) => kind === 'transfer' && status.startsWith('completed'))
  if (done !== undefined && options.again !== true) {
    throw new FerryError('FERRY_RUN_EXISTS', `${done.transfer} was already moved by run ${done.id} (${done.status})`, {
      hint: 'Take it out first with `ferry rollback`, land its rejects with `ferry retry`, or move further records with `ferry transfer --again`.',
    })
  }
}

/** Writes a volatile source to the run's folder; from here on the run reads that snapshot only. */
async function spool(source: SourceAdapter, opened: OpenedPlace, folder: string): Promise<SourceAdapter> {
  const { report, ambient, signal } = opened.place
  const startedAt = ambient.now()
  report({ type: 'phase:started', phase: 'spool' })
  const path = join(folder, SPOOL_FILE)
  const spooled = await spoolSource(source, path, { signal, now: startedAt })
  report({ type: 'phase:finished', phase: 'spool', ms: ambient.now() - startedAt, detail: `${path}, ${spooled.bytes} bytes` })
  return new SnapshotSource(path)
}

/** For a full preflight before anything is written, where the tables are there; with --migrate and tables to come, it follows the migration. */
async function prepareIfPossible(session: Session, { transfer, options }: OpenedPlace['place']): Promise<PreparedSteps | undefined> {
  const missing = await findMissingTables(session, transfer)
  return missing.length > 0 && options.migrate === true ? undefined : prepareSteps(session, transfer)
}

async function beginRun(
  session: Session,
  given: {
    readonly place: OpenRun['place']
    readonly runId: string
    readonly fingerprint: string
    readonly firstHash: SourceHash | undefined
    readonly spooled: SourceAdapter | undefined
    readonly workers: RunWorkers
  },
): Promise<OpenRun> {
  const { place, runId, firstHash } = given
  const { transfer, options } = place
  await ensureState(session)
  await session.begin()
  try {
    // one start at a time: the version row is the door
    await session.all(`SELECT * FROM ferry_version ${session.dialect.forUpdate}`)
    await assertNoOtherRun(session, options)
    await insertRun(
      session,
      {
        id: runId,
        transfer: transfer.name,
        kind: 'transfer',
        parentId: null,
        definitionHash: transfer.hash,
        definitionText: transfer.hashedText,
        sourceFingerprint: given.fingerprint,
        source: JSON.stringify({ adapter: place.source.name, spooled: given.spooled !== undefined }),
        schemaText: '',
        facts: {
          folder: place.folder,
          options: storedOptions(options),
          ...(firstHash === undefined ? {} : { sourceStamp: firstHash.stamp }),
          ...(place.forecast === undefined ? {} : { totalItems: place.forecast.items }),
        },
      },
      { owner: place.owner, ttlMs: place.leaseTtlMs },
    )
    await session.commit()
  } catch (error) {
    await session.rollback()
    throw error
  }
  const run = await readRun(session, runId)
  place.report({ type: 'run:started', transfer: transfer.name, resumed: false, steps: [] })
  return new OpenRun(place, {
    session,
    run,
    lease: { runId, token: run.leaseToken, owner: place.owner },
    workers: given.workers,
    firstHash,
  })
}

/** What a resume has to know of the command that started the run. */
function storedOptions(options: TransferOptions): Record<string, unknown> {
  const { migrate, skipValidation, noBackup, noVerify, onFailure, maxRejects, deferIndexesFrom } = options
  return { migrate, skipValidation, noBackup, noVerify, onFailure, maxRejects, deferIndexesFrom }
}
