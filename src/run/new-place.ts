import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { FerryError } from '../core/errors.ts'
import type { RunEvent } from '../core/events.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { openEventLog } from '../report/event-log.ts'
import { ownerName } from '../state/lease.ts'
import type { RunPlace } from './open-run.ts'
import type { TransferOptions } from './run-options.ts'
import { SYSTEM_AMBIENT } from './system-ambient.ts'

/** Time a commit extends the lease by; a dead owner on this host is noticed without waiting for it. */
export const LEASE_TTL_MS = 60_000

export interface OpenedPlace {
  readonly place: RunPlace
  /** Ends the event log. Idempotent. */
  close(): void
  /** Removes the folder again: no run came of it. */
  discard(): void
}

/** `20261122T191502-3fa9c1`: sorts by time, and two starts of the same second differ. */
export function newRunId(ambient = SYSTEM_AMBIENT): string {
  const stamp = new Date(ambient.now()).toISOString().replace(/[-:]/g, '').slice(0, 15)
  return `${stamp}-${Buffer.from(ambient.randomBytes(3)).toString('hex')}`
}

/** Folder of a run. */
export function runFolder(folder: string, runId: string): string {
  return join(folder, 'runs', runId)
}

/** Everything a run works with, its event log opened in the run's folder. */
export function openPlace(
  options: TransferOptions,
  given: { readonly runId: string; readonly source: SourceAdapter; readonly folder: string },
): OpenedPlace {
  const log = openEventLog(given.folder)
  const stamp = (event: object) => ({ at: SYSTEM_AMBIENT.now(), runId: given.runId, ...event }) as RunEvent
  const place: RunPlace = {
    options,
    transfer: options.transfer,
    target: options.target,
    source: given.source,
    ambient: SYSTEM_AMBIENT,
    report: (event) => {
      const stamped = stamp(event)
      log.write(stamped)
      options.onEvent?.(stamped)
    },
    signal: options.signal ?? new AbortController().signal,
    folder: given.folder,
    owner: ownerName(),
    leaseTtlMs: options.leaseTtlMs ?? LEASE_TTL_MS,
  }
  return {
    place,
    close: () => log.close(),
    discard: () => {
      log.close()
      rmSync(given.folder, { recursive: true, force: true })
    },
  }
}

/** The source of a transfer: the one handed in, else the definition's. @throws FERRY_CONFIG_INVALID */
export function sourceOf(options: TransferOptions): SourceAdapter {
  const source = options.source ?? options.transfer.source
  if (source !== undefined) return source
  throw new FerryError('FERRY_CONFIG_INVALID', `transfer ${options.transfer.name} names no source`, {
    hint: 'Give the definition a `source`, or the command `--source <file or folder>`.',
  })
}
