import { listRuns } from '../state/runs.ts'
import { hasState } from '../state/state-tables.ts'
import type { Target } from '../target/target.ts'
import { compareTargets, type TargetComparison } from './compare-targets.ts'
import type { RunResult, TransferOptions } from './run-options.ts'
import { startTransfer } from './start-transfer.ts'

export interface ParityOptions extends Omit<TransferOptions, 'target' | 'again' | 'stopBefore'> {
  /** Two or more, of whatever engines. */
  readonly targets: readonly Target[]
  /** Differences listed for each pair; default 100. */
  readonly limit?: number
}

export interface ParityResult {
  /** Every target was loaded, and holds the same rows. */
  readonly equal: boolean
  /** In the order given, up to the first whose run did not complete. */
  readonly targets: readonly {
    readonly target: string
    /** Of the run that loaded it. */
    readonly runId: string
    readonly status: RunResult['status']
    /** False where a run had loaded it before. */
    readonly moved: boolean
    readonly ms: number
  }[]
  /** The first target with each of the others; empty where one was not loaded. */
  readonly comparisons: readonly (TargetComparison & { readonly a: string; readonly b: string })[]
  /** The run that did not complete. */
  readonly failed?: RunResult
}

/**
 * Moves the same source into every target, where a run has not done so before, and compares the first with each of the others, row by row in logical
 * form. A run that does not complete ends it; what was loaded stays.
 * @throws what startTransfer throws, but for a target that is loaded already
 */
export async function proveParity(options: ParityOptions): Promise<ParityResult> {
  const { targets, limit, ...common } = options
  const loaded: ParityResult['targets'][number][] = []
  for (const target of targets) {
    const before = await findCompleted(target, options.transfer.name)
    if (before !== undefined) {
      loaded.push({ target: target.label, runId: before.id, status: before.status, moved: false, ms: 0 })
      continue
    }
    const run = await startTransfer({ ...common, target })
    loaded.push({ target: target.label, runId: run.runId, status: run.status, moved: true, ms: run.ms })
    if (!run.status.startsWith('completed')) return { equal: false, targets: loaded, comparisons: [], failed: run }
  }
  const comparisons: ParityResult['comparisons'][number][] = []
  const [first, ...others] = targets
  for (const other of others) {
    if (first === undefined) break
    const found = await compareTargets(first, other, { transfer: options.transfer, ...(limit === undefined ? {} : { limit }) })
    comparisons.push({ a: first.label, b: other.label, ...found })
  }
  return { equal: comparisons.every(({ equal }) => equal), targets: loaded, comparisons }
}

async function findCompleted(target: Target, transfer: string) {
  const session = await target.openSession()
  try {
    if (!(await hasState(session))) return undefined
    const [newest] = await listRuns(session, { transfer, limit: 1 })
    return newest?.kind === 'transfer' && newest.status.startsWith('completed') ? newest : undefined
  } finally {
    await session.close()
  }
}
