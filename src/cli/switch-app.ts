import { join, resolve } from 'node:path'
import { FerryError, isFerryError } from '../core/errors.ts'
import { isSuccess } from '../core/run-status.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { readStatus } from '../run/read-status.ts'
import { addFacts, type Run } from '../state/runs.ts'
import { type SwitchedFile, switchConfig } from '../switch/switch-config.ts'
import type { Target } from '../target/target.ts'

export interface SwitchAppOptions {
  readonly transfer: ResolvedTransfer
  readonly target: Target
  readonly cwd: string
  readonly runId: string | undefined
  readonly dryRun: boolean
}

/**
 * Switches the app's configuration for a run that ended well, and notes it in the run so that rollback puts it back.
 * A dry run needs no run at all. @throws FERRY_SWITCH_FAILED where the run was not verified, FERRY_SWITCH_CONFLICT
 */
export async function switchApp({ transfer, target, cwd, runId, dryRun }: SwitchAppOptions): Promise<readonly SwitchedFile[]> {
  const call = { targets: transfer.switch, cwd }
  const run = await findSwitchable({ transfer, target, runId, dryRun })
  const folder = resolve(run?.facts.folder ?? join(transfer.folder, 'runs', run?.id ?? 'none'))
  if (dryRun || run === undefined) return switchConfig({ ...call, folder, dryRun: true })
  const planned = await switchConfig({ ...call, folder, dryRun: true })
  // Noted first: a kill between the two must not leave a file that rollback does not know of.
  await noteSwitched(
    target,
    run.id,
    planned.map(({ file }) => file),
  )
  return switchConfig({ ...call, folder, dryRun: false })
}

async function findSwitchable({ transfer, target, runId, dryRun }: Omit<SwitchAppOptions, 'cwd'>): Promise<Run | undefined> {
  const found = await readStatus(target, { transfer: transfer.name, ...(runId === undefined ? {} : { runId }) }).catch((error: unknown) => {
    if (dryRun && runId === undefined && isFerryError(error, 'FERRY_RUN_NOT_FOUND')) return undefined
    throw error
  })
  if (dryRun || found === undefined) return found?.run
  const { run } = found
  if (isSuccess(run.status) && run.facts.verified?.passed === true) return run
  throw new FerryError('FERRY_SWITCH_FAILED', `run ${run.id} is ${run.status}: the app is switched only to data that was verified`, {
    hint:
      run.status === 'completed_unverified'
        ? `ferry verify --run ${run.id}`
        : `ferry status --run ${run.id} says what fits; ferry resume switches at its end`,
  })
}

async function noteSwitched(target: Target, runId: string, files: readonly string[]): Promise<void> {
  const session = await target.openSession()
  try {
    await session.begin()
    await addFacts(session, runId, { switched: files })
    await session.commit()
  } finally {
    if (session.inTransaction) await session.rollback()
    await session.close()
  }
}
