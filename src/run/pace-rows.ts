import type { RunPlace } from './open-run.ts'

/** Waits so that no more than `throttle` rows a second are written; between transactions, so that no lock is held while waiting. */
export async function paceRows(
  place: RunPlace,
  batch: { readonly rows: number; readonly startedAt: number; readonly throttle: number | undefined },
): Promise<void> {
  if (batch.throttle === undefined || batch.throttle <= 0) return
  const dueMs = (batch.rows / batch.throttle) * 1000
  const waitMs = dueMs - (place.ambient.now() - batch.startedAt)
  if (waitMs <= 0) return
  try {
    await place.ambient.sleep(waitMs, place.signal)
  } catch (error) {
    if (!place.signal.aborted) throw error // an interrupt ends the wait; the loop sees it before the next batch
  }
}
