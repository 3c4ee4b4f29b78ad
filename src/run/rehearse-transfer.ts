import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createBackup } from '../backup/create-backup.ts'
import { replaceFile } from '../backup/replace-file.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { isFerryError } from '../core/errors.ts'
import { isSuccess } from '../core/run-status.ts'
import { isOwnerAlive, ownerName } from '../state/lease.ts'
import type { Target } from '../target/target.ts'
import { newRunId } from './new-place.ts'
import { type Content, compareContents, readContent } from './read-content.ts'
import { rollbackTransfer } from './rollback-transfer.ts'
import type { RunResult, TransferOptions } from './run-options.ts'
import { dropScratch, openScratchTarget } from './scratch-target.ts'
import { startTransfer } from './start-transfer.ts'
import { SYSTEM_AMBIENT } from './system-ambient.ts'

export type RehearsalOptions = TransferOptions & {
  /** Rehearse on a new, empty database instead of a copy of the target. */
  readonly empty?: boolean
}

export interface RehearsalResult {
  /** The run came through every gate, and rolling it back brought the start back. */
  readonly passed: boolean
  /** What the run would come to. Its folder is gone with the copy. */
  readonly run: RunResult
  /** Where the end is not the start, or why it was not reached; one sentence each. */
  readonly differences: readonly string[]
  readonly ms: number
}

/**
 * The whole way there and back on a copy of the target (or an empty database): migrate, transfer, verify, roll back rows and schema, then compare
 * schema and every row with the start. The target itself is only read; nothing is switched; the copy is taken away at the end.
 * `migrate` is on unless it is set to false. Numbers that sequences have given out are not compared: no database takes them back.
 * @throws as startTransfer where no run could begin; FERRY_BACKUP_FAILED, FERRY_RESTORE_FAILED
 */
export async function rehearseTransfer(options: RehearsalOptions): Promise<RehearsalResult> {
  const startedAt = SYSTEM_AMBIENT.now()
  const parent = join(resolve(options.transfer.folder), 'rehearsals')
  await clearDead(options.target, parent)
  const id = newRunId()
  const folder = join(parent, id)
  const name = `ferry_rehearsal_${id.replaceAll('-', '_').toLowerCase()}`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    await replaceFile(join(folder, NOTE), JSON.stringify({ owner: ownerName(), target: options.target.label, name }))
    const scratch = await openScratchTarget(options.target, { folder, name })
    try {
      if (options.empty !== true) await copyTarget(options, scratch.target, folder)
      return { ...(await rehearse(options, scratch.target, folder)), ms: SYSTEM_AMBIENT.now() - startedAt }
    } finally {
      await scratch.drop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tells the next rehearsal what a killed one left. */
const NOTE = 'rehearsal.json'

/** Takes away copies whose process is dead. */
async function clearDead(target: Target, parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const note = await readNote(join(parent, name, NOTE))
    if (note === undefined || note.target !== target.label || isOwnerAlive(note.owner) !== false) continue
    if (target.engine !== 'sqlite') await dropScratch(target, note.name)
    await rm(join(parent, name), { recursive: true, force: true })
  }
}

async function readNote(path: string): Promise<{ owner: string; target: string; name: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

async function copyTarget(options: RehearsalOptions, scratch: Target, folder: string): Promise<void> {
  const { target, signal } = options
  const session = await target.openSession()
  const abort = signal === undefined ? {} : { signal }
  try {
    const backup = await createBackup({ target, session, folder, now: SYSTEM_AMBIENT.now, report: () => {}, ...abort })
    await restoreBackup({ target: scratch, manifest: backup.manifest, ...abort })
    await rm(backup.path, { force: true }) // one copy is enough
  } finally {
    await session.close()
  }
}

async function rehearse(options: RehearsalOptions, target: Target, folder: string): Promise<Omit<RehearsalResult, 'ms'>> {
  const { stopBefore: _never, empty: _empty, ...rest } = options
  const transfer = { ...options.transfer, folder, switch: [] }
  const start = await readContent(target)
  const run = await startTransfer({
    ...rest,
    transfer,
    target,
    migrate: options.migrate ?? true,
    noBackup: true,
    noVerify: false,
    onFailure: 'stop',
  })
  const differences: string[] = []
  if (!isSuccess(run.status)) {
    differences.push(`the run is ${run.status}${run.error === undefined ? '' : `: ${run.error.code}: ${run.error.message}`}`)
  }
  // Asked to stop: the copy goes as it is.
  if (options.signal?.aborted === true) return { passed: false, run, differences }
  differences.push(...(await takeBack({ ...rest, transfer, target }, run.runId, start)))
  return { passed: differences.length === 0, run, differences }
}

async function takeBack(options: TransferOptions, runId: string, start: Content): Promise<readonly string[]> {
  const { transfer, target, onEvent } = options
  const differences: string[] = []
  try {
    const { rows } = await rollbackTransfer({
      transfer,
      target,
      runId,
      levels: ['rows', 'schema'],
      ...(onEvent === undefined ? {} : { onEvent }),
    })
    for (const [table, count] of Object.entries(rows?.keptCount ?? {})) {
      if (count > 0) differences.push(`rolling back kept ${count} rows of ${table}`)
    }
  } catch (error) {
    if (!isFerryError(error)) throw error
    differences.push(`rolling back failed: ${error.code}: ${error.message}`)
  }
  return [...differences, ...compareContents(start, await readContent(target))]
}
