import { dirname, resolve } from 'node:path'
import type { Backup } from '../backup/create-backup.ts'
import { readManifest } from '../backup/manifest.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { verifyBackup } from '../backup/verify-backup.ts'
import { FerryError } from '../core/errors.ts'
import { dropLease, type Lease, ownerName, takeLease } from '../state/lease.ts'
import { listRuns, type Run, readRun } from '../state/runs.ts'
import { hasState } from '../state/state-tables.ts'
import { revertSwitch } from '../switch/revert-switch.ts'
import { faultOf } from '../target/engine-error.ts'
import type { Session, Target } from '../target/target.ts'
import { rejectSource } from './conduct-retry.ts'
import { findRun } from './find-run.ts'
import { openPlace, runFolder } from './new-place.ts'
import { findOpenRestore, type RestoreJournal, writeRestoreJournal } from './restore-journal.ts'
import type { Workplace } from './run-options.ts'
import { writeRestoredRuns } from './write-restored-runs.ts'

export interface RestoreTransferOptions extends Workplace {
  /** The run to undo; default: the one the backup was made for, else none. */
  readonly runId?: string
  /** Path of a manifest; default: the backup that the run made. */
  readonly backup?: string
  /** Time to wait for locks of other processes, in ms; default 10 s. */
  readonly lockWaitMs?: number
}

export interface RestoreTransferResult {
  readonly backup: Backup
  /** The run that was undone; undefined where a backup was put back for itself. */
  readonly runId: string | undefined
  /** Runs that the restore undid, now rolled_back. */
  readonly undone: readonly string[]
  /** Configuration files put back. */
  readonly switched: readonly string[]
  /** Where a target file that was no readable database was put aside. */
  readonly putAside?: string
}

/** A restore takes long without a commit; a dead owner on this host is noticed without waiting for it. */
const LEASE_MS = 6 * 60 * 60 * 1000

/**
 * Puts the whole target back to a backup and keeps the runs' truth: the database forgets them, so they stand in a journal in the run's folder
 * until they are written into what was restored. Killed anywhere, calling it again ends it. Holds the lease of every run meanwhile.
 * @throws FERRY_RUN_OWNED, FERRY_ROLLBACK_REFUSED (the run made no backup), FERRY_BACKUP_INVALID, FERRY_SWITCH_CONFLICT (before anything is
 * touched), FERRY_TARGET_LOCKED, FERRY_RESTORE_FAILED
 */
export async function restoreTransfer(options: RestoreTransferOptions): Promise<RestoreTransferResult> {
  const { transfer, target } = options
  const begun = await findOpenRestore(transfer.folder, { target: target.label, runId: options.runId, backup: options.backup })
  const held: Lease[] = []
  try {
    const { journal, folder } = begun ?? (await begin(options, held).catch((error: unknown) => beginBlind(options, error)))
    return await finish(options, { journal, folder, begunBefore: begun !== undefined })
  } catch (error) {
    await giveBack(target, held)
    throw error
  }
}

interface OpenRestore {
  readonly journal: RestoreJournal
  readonly folder: string
}

/** Everything that may refuse, then the leases; nothing is changed yet but tokens. */
async function begin(options: RestoreTransferOptions, held: Lease[]): Promise<OpenRestore> {
  const { transfer, target } = options
  return withSession(target, async (session) => {
    const known = (await hasState(session)) ? await listRuns(session) : []
    const run = await chooseRun(session, options, known)
    const backup = resolve(options.backup ?? run?.facts.backup ?? refuseRestore(run))
    await verifyBackup(backup)
    const folder = run === undefined ? dirname(backup) : (run.facts.folder ?? runFolder(transfer.folder, run.id))
    await revertSwitch({ cwd: process.cwd(), folder, dryRun: true })
    const runs: Run[] = []
    for (const { id } of known) {
      held.push(await takeLease(session, id, { owner: ownerName(), ttlMs: LEASE_MS }))
      runs.push(await readRun(session, id))
    }
    return { journal: { state: 'started', target: target.label, backup, runId: run?.id, runs }, folder }
  })
}

/** A damaged database tells of no runs, so none can be held; a backup that is named can be put back all the same. @throws `error` otherwise */
async function beginBlind({ transfer, target, backup: named }: RestoreTransferOptions, error: unknown): Promise<OpenRestore> {
  if (named === undefined || faultOf(error)?.kind !== 'damaged') throw error
  const backup = resolve(named)
  await verifyBackup(backup)
  const { runId } = await readManifest(backup)
  const folder = runId === undefined ? dirname(backup) : runFolder(transfer.folder, runId)
  await revertSwitch({ cwd: process.cwd(), folder, dryRun: true })
  return { journal: { state: 'started', target: target.label, backup, runId: undefined, runs: [] }, folder }
}

async function chooseRun(session: Session, options: RestoreTransferOptions, known: readonly Run[]): Promise<Run | undefined> {
  const { transfer, runId, backup } = options
  if (runId !== undefined || backup === undefined) return findRun(session, { transfer: transfer.name, runId, kind: 'transfer' })
  const { runId: made } = await readManifest(backup)
  return known.find(({ id }) => id === made)
}

/** @throws FERRY_ROLLBACK_REFUSED */
export function refuseRestore(run: Run | undefined): never {
  throw new FerryError('FERRY_ROLLBACK_REFUSED', `run ${run?.id ?? ''} made no backup, so there is nothing to put back`, {
    hint: 'Take its rows out with `ferry rollback`, or name a backup: `ferry backup list`, `ferry backup restore`.',
  })
}

async function finish(options: RestoreTransferOptions, open: OpenRestore & { begunBefore: boolean }): Promise<RestoreTransferResult> {
  const { target } = options
  const { journal, folder } = open
  const { report, close } = openReport(options, open)
  try {
    report({ type: 'phase:started', phase: 'rollback' })
    const startedAt = Date.now()
    if (!open.begunBefore) await writeRestoreJournal(folder, journal)
    const { backup, putAside } = await restore(options, open)
    const undone = await withSession(target, (session) => writeRestoredRuns(session, journal.runs, journal.backup))
    const switched = await revertSwitch({ cwd: process.cwd(), folder, dryRun: false })
    await writeRestoreJournal(folder, { ...journal, state: 'done' })
    report({ type: 'phase:finished', phase: 'rollback', ms: Date.now() - startedAt, detail: `restored from ${backup.path}` })
    const files = switched.map(({ file }) => file)
    return { backup, runId: journal.runId, undone, switched: files, ...(putAside === undefined ? {} : { putAside }) }
  } finally {
    close()
  }
}

async function restore({ target, lockWaitMs, signal }: RestoreTransferOptions, { journal, folder }: OpenRestore) {
  try {
    return await restoreBackup({
      target,
      manifest: journal.backup,
      ...(lockWaitMs === undefined ? {} : { lockWaitMs }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    // One transaction there, and it is undone: nothing is left to end. MySQL may stand half-way, so its journal stays open.
    if (target.engine !== 'mysql') await writeRestoreJournal(folder, { ...journal, state: 'done' })
    throw error
  }
}

function openReport(options: RestoreTransferOptions, { journal, folder }: OpenRestore) {
  if (journal.runId === undefined) return { report: () => {}, close: () => {} }
  const opened = openPlace(options, { runId: journal.runId, source: rejectSource(''), folder })
  return { report: opened.place.report, close: () => opened.close() }
}

async function withSession<T>(target: Target, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await target.openSession()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

async function giveBack(target: Target, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return
  try {
    await withSession(target, async (session) => {
      for (const lease of leases) await dropLease(session, lease)
    })
  } catch {
    // they expire, or this process is seen to be dead
  }
}
