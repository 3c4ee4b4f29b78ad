import { resolve } from 'node:path'
import type { Backup } from '../backup/create-backup.ts'
import type { RunEvent } from '../core/events.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { TargetInput } from '../target/open-target.ts'
import type { Target } from '../target/target.ts'
import type { VerifyResult } from '../verify/verify.ts'
import { createBackup, openTarget, readStatus, resumeTransfer, rollbackTransfer, startTransfer, verifyTransfer } from './operations.ts'
import type { RollbackOptions, RollbackResult } from './rollback-transfer.ts'
import type { RunResult, TransferOptions } from './run-options.ts'
import { SYSTEM_AMBIENT } from './system-ambient.ts'

export interface DataMigrationOptions {
  /** Overrides the definition's target. */
  readonly target?: TargetInput
  /** Environment of the knexfile. */
  readonly env?: string
  /** Overrides the definition's source. */
  readonly source?: SourceAdapter
  readonly onEvent?: (event: RunEvent) => void
  readonly signal?: AbortSignal
}

type Settings = Omit<TransferOptions, 'transfer' | 'target' | 'source' | 'onEvent' | 'signal'>

/** A transfer as one object: the class face of the library. Opens the target on first use; `close` it at the end. */
export class DataMigration {
  readonly #transfer: ResolvedTransfer
  readonly #options: DataMigrationOptions
  #target: Promise<Target> | undefined

  constructor(transfer: ResolvedTransfer, options: DataMigrationOptions = {}) {
    this.#transfer = transfer
    this.#options = options
  }

  /** Moves the store: starts a run, or goes on with the unfinished one. Resolves with what the database holds. @throws as startTransfer and resumeTransfer */
  async migrateFromMemoryStore(settings: Settings = {}): Promise<RunResult> {
    const options = { ...(await this.#workplace()), ...settings }
    const target = options.target
    const unfinished = await readStatus(target, { transfer: this.#transfer.name }).then(
      ({ state }) => state === 'interrupted' || state === 'paused' || state === 'failed',
      () => false,
    )
    return unfinished ? resumeTransfer(options) : startTransfer(options)
  }

  /** Undoes the newest run, or `runId`. @throws as rollbackTransfer */
  async rollbackMigration(settings: Omit<RollbackOptions, 'transfer' | 'target'> = {}): Promise<RollbackResult> {
    return rollbackTransfer({ ...(await this.#workplace()), ...settings })
  }

  /** Compares every moved row with the source, or with the journal where the source has gone on. @throws FERRY_RUN_NOT_FOUND */
  async validateDataIntegrity(settings: { runId?: string; strict?: boolean; limit?: number } = {}): Promise<VerifyResult> {
    return verifyTransfer({ ...(await this.#workplace()), ...settings })
  }

  /** Copies the target while the app goes on writing, and checks the copy. @throws FERRY_BACKUP_FAILED */
  async createBackup(): Promise<Backup> {
    const { target } = await this.#workplace()
    const session = await target.openSession()
    try {
      const { signal } = this.#options
      return await createBackup({
        target,
        session,
        folder: resolve(this.#transfer.folder),
        now: SYSTEM_AMBIENT.now,
        report: () => {},
        ...(signal === undefined ? {} : { signal }),
      })
    } finally {
      await session.close()
    }
  }

  /** Closes the target. Idempotent. */
  async close(): Promise<void> {
    const target = await this.#target
    this.#target = undefined
    await target?.close()
  }

  async #workplace(): Promise<Pick<TransferOptions, 'transfer' | 'target' | 'source' | 'onEvent' | 'signal'>> {
    const { target, env, source, onEvent, signal } = this.#options
    this.#target ??= openTarget(target ?? this.#transfer.target, env === undefined ? {} : { env })
    return {
      transfer: this.#transfer,
      target: await this.#target,
      ...(source === undefined ? {} : { source }),
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(signal === undefined ? {} : { signal }),
    }
  }
}
