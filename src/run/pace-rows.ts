import { obeyRequests } from './obey-requests.ts'
import type { OpenRun } from './open-run.ts'
import { throughTrouble } from './through-trouble.ts'

/** Longer nobody who asks the run to stop shall wait. */
const LONGEST_WAIT_MS = 1_000

export interface PacedBatch {
  readonly step: number
  readonly rows: number
  readonly startedAt: number
  readonly throttle: number | undefined
}

/**
 * Waits so that no more than `throttle` rows a second are written; between transactions, so that no lock is held while waiting.
 * A long wait is many short ones: between them requests to stop are obeyed, and the lease is renewed. @throws StopRun
 */
export async function paceRows(open: OpenRun, { step, rows, startedAt, throttle }: PacedBatch): Promise<void> {
  if (throttle === undefined || throttle <= 0) return
  const { ambient, signal, leaseTtlMs } = open.place
  const due = startedAt + (rows / throttle) * 1000
  const longest = Math.min(LONGEST_WAIT_MS, leaseTtlMs / 3)
  for (let left = due - ambient.now(); left > 0; left = due - ambient.now()) {
    try {
      await ambient.sleep(Math.min(left, longest), signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
    await throughTrouble(open, { step }, async () => {
      await obeyRequests(open)
      if (left > longest) await open.transact(async () => {})
    })
  }
}
