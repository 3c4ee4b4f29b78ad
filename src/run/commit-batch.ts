import type { LoadContext } from '../load/load-context.ts'
import { type BatchToWrite, writeBatch } from '../load/write-batch.ts'
import { readSteps, type StepState } from '../state/steps.ts'
import type { OpenRun } from './open-run.ts'
import { throughTrouble } from './through-trouble.ts'

/**
 * Writes one batch, again where the engine's trouble passes. Whether a COMMIT whose answer was lost took place is decided by taking
 * a higher token first and reading the checkpoint then.
 */
export async function commitBatch(open: OpenRun, contextOf: (open: OpenRun) => LoadContext, work: BatchToWrite): Promise<StepState> {
  const decide = async () => {
    const stored = (await readSteps(open.session, open.run.id)).find(({ number }) => number === work.state.number)
    return stored !== undefined && stored.batches > work.state.batches ? stored : undefined
  }
  return throughTrouble(open, { step: work.state.number, decide }, () => writeBatch(contextOf(open), work))
}
