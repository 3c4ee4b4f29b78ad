import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FerryError } from '../core/errors.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { describeDifference } from '../definition/hash-definition.ts'
import { countItems } from '../preflight/count-items.ts'
import { SnapshotSource } from '../snapshot/snapshot-source.ts'
import { dropLease, type Lease, ownerName, takeLease } from '../state/lease.ts'
import { addFacts, moveRun, type Run, readRun, requestStop, storeFingerprint } from '../state/runs.ts'
import type { Session } from '../target/target.ts'
import { conduct, runPhases } from './conduct.ts'
import { conductRetry, rejectSource } from './conduct-retry.ts'
import { findRun, isUnfinished } from './find-run.ts'
import { LEASE_TTL_MS, type OpenedPlace, openPlace, runFolder, sourceOf } from './new-place.ts'
import { OpenRun } from './open-run.ts'
import { PHASES } from './phases.ts'
import { readTables, renderSchema } from './read-tables.ts'
import type { RunResult, TransferOptions } from './run-options.ts'
import { SPOOL_FILE } from './start-transfer.ts'

/**
 * Goes on with the newest unfinished run of the transfer, or with `runId`.
 * @throws FERRY_RUN_NOT_FOUND, FERRY_RUN_NOT_RESUMABLE, FERRY_RUN_CHANGED_DEFINITION, FERRY_RUN_CHANGED_SCHEMA, FERRY_SOURCE_CHANGED, FERRY_RUN_OWNED
 */
export async function resumeTransfer(options: TransferOptions & { runId?: string }): Promise<RunResult> {
  const session = await options.target.openSession()
  let taken: { opened: OpenedPlace; open: OpenRun }
  try {
    const found = await findRun(session, { transfer: options.transfer.name, runId: options.runId })
    assertResumable(found)
    assertSameDefinition(found, options)
    const lease = await takeLease(session, found.id, { owner: ownerName(), ttlMs: options.leaseTtlMs ?? LEASE_TTL_MS })
    try {
      taken = await takeUp(session, options, lease)
    } catch (error) {
      await dropLease(session, lease)
      throw error
    }
  } catch (error) {
    await session.close()
    throw error
  }
  const { open, opened } = taken
  try {
    if (open.run.kind === 'retry') return await conductRetry(open)
    const next = open.run.facts.nextPhase
    return await conduct(open, () => runPhases(open, PHASES.find((phase) => phase === next) ?? 'backup'))
  } finally {
    opened.close()
  }
}

function assertResumable(run: Run): void {
  if (isUnfinished(run) && run.status !== 'rolling_back') return
  const hint =
    run.status === 'rolling_back'
      ? 'Let the rollback end: `ferry rollback`.'
      : 'Nothing is left to do; `ferry status` says what makes sense now.'
  throw new FerryError('FERRY_RUN_NOT_RESUMABLE', `run ${run.id} of ${run.transfer} is ${run.status}`, { hint })
}

function assertSameDefinition(run: Run, options: TransferOptions): void {
  if (run.definitionHash === options.transfer.hash) return
  const differences = describeDifference(run.definitionText, options.transfer.hashedText)
  throw new FerryError(
    'FERRY_RUN_CHANGED_DEFINITION',
    `the definition is not the one run ${run.id} began with: ${differences.join('; ')}`,
    {
      hint: 'Put the definition back and `ferry resume`; or `ferry rollback` and start again with the new one.',
    },
  )
}

async function takeUp(session: Session, options: TransferOptions, lease: Lease): Promise<{ opened: OpenedPlace; open: OpenRun }> {
  const run = await readRun(session, lease.runId)
  const effective = mergeOptions(options, run)
  const folder = run.facts.folder ?? runFolder(options.transfer.folder, run.id)
  const source = run.kind === 'retry' ? rejectSource(run.sourceFingerprint) : await sameSource(effective, { run, folder })
  const fingerprint = run.sourceFingerprint === '' ? await fingerprintAsFound(source, run) : undefined
  await assertSameSchema(session, { run, options })
  const opened = openPlace(effective, { runId: run.id, source, folder })
  const open = new OpenRun(opened.place, { session, lease, run })
  const allowed = await allowedNow(options, run, source)
  await open.transact(async () => {
    if (run.status !== 'running') await moveRunning(session, run)
    if (run.request !== null) await requestStop(session, run.id, null)
    if (fingerprint !== undefined) await storeFingerprint(session, run.id, fingerprint)
    if (allowed !== undefined) await addFacts(session, run.id, { allowedRejects: allowed })
  })
  await open.refresh()
  if (options.maxRejects !== undefined)
    opened.place.report({ type: 'notice', text: `the reject budget is now ${open.run.facts.allowedRejects ?? 0}` })
  opened.place.report({ type: 'run:started', transfer: run.transfer, resumed: true, steps: [] })
  return { opened, open }
}

/** A run interrupted or stopped while verifying goes back to running; its finished steps are passed over. */
async function moveRunning(session: Session, run: Run): Promise<void> {
  if (run.status === 'verifying') return
  await moveRun(session, run.id, { from: run.status, to: 'running' })
}

async function allowedNow({ maxRejects, transfer }: TransferOptions, run: Run, source: SourceAdapter): Promise<number | undefined> {
  if (maxRejects === undefined || run.facts.allowedRejects === undefined) return undefined
  if ('count' in maxRejects) return maxRejects.count
  // A run that began without preflight has counted nothing.
  const items = run.facts.totalItems || (await countItems({ source, transfer }, await source.describe())) || 0
  return Math.floor(maxRejects.share * items)
}

/** What the first command said holds on, unless this one says otherwise. */
function mergeOptions(options: TransferOptions, run: Run): TransferOptions {
  const stored = Object.fromEntries(Object.entries(run.facts.options ?? {}).filter(([, value]) => value !== undefined && value !== null))
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...stored, ...said } as TransferOptions
}

/** The source the run began with: the spooled snapshot, or the same content as then. @throws FERRY_SOURCE_CHANGED, FERRY_SOURCE_NOT_FOUND */
async function sameSource(options: TransferOptions, at: { readonly run: Run; readonly folder: string }): Promise<SourceAdapter> {
  const { run, folder } = at
  const { spooled } = JSON.parse(run.source) as { spooled?: boolean }
  const path = join(folder, SPOOL_FILE)
  if (spooled === true && !existsSync(path)) {
    throw new FerryError('FERRY_SOURCE_NOT_FOUND', `the snapshot that run ${run.id} reads is gone: ${path}`, {
      hint: 'Put the folder of the run back; or `ferry rollback` (it needs no source) and start again.',
    })
  }
  const source = spooled === true ? new SnapshotSource(path) : sourceOf(options)
  if (run.sourceFingerprint === '' || (await source.fingerprint()) === run.sourceFingerprint) return source
  throw changedSource(run, 'its content has another fingerprint')
}

/** Of a source that the run began with, and was stopped before it had its fingerprint. @throws FERRY_SOURCE_CHANGED */
async function fingerprintAsFound(source: SourceAdapter, run: Run): Promise<string> {
  const fingerprint = await source.fingerprint()
  const stamp = await source.stamp?.()
  if (stamp !== undefined && stamp === run.facts.sourceStamp) return fingerprint
  throw changedSource(run, 'it stopped before it had the fingerprint of the content, and the files have other times or sizes now')
}

function changedSource({ id }: Run, how: string): FerryError {
  return new FerryError('FERRY_SOURCE_CHANGED', `the source is not the one run ${id} began with: ${how}`, {
    hint: 'Put the source back as it was and `ferry resume`; or `ferry rollback` and start again with the new one.',
  })
}

async function assertSameSchema(session: Session, at: { readonly run: Run; readonly options: TransferOptions }): Promise<void> {
  const before = at.run.facts.schemaText
  if (before === undefined) return
  const now = renderSchema(await readTables(session, at.options.transfer))
  if (now === before) return
  const old = new Set(before.split('\n'))
  const changed = now.split('\n').filter((line) => !old.has(line))
  throw new FerryError('FERRY_RUN_CHANGED_SCHEMA', `tables are not as they were when run ${at.run.id} began: now ${changed.join('; ')}`, {
    hint: 'Bring the schema back and `ferry resume`; or `ferry rollback` and start again.',
  })
}
