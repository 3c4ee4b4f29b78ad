import type { OpenRun } from './open-run.ts'
import { settleSource } from './settle-source.ts'
import { StopRun } from './stop-run.ts'

/** Between batches: leaves the loop when the process was interrupted or another terminal asked to pause or cancel. @throws StopRun */
export async function obeyRequests(open: OpenRun): Promise<void> {
  if (open.place.signal.aborted) throw new StopRun('interrupt')
  const [asked] = await open.session.all<{ request: string | null }>('SELECT request FROM ferry_runs WHERE id = ?', [open.run.id])
  // What lies for days is not to go by the times of files.
  if (asked?.request === 'pause') await settleSource(open, { wait: true })
  if (asked?.request === 'pause' || asked?.request === 'cancel') throw new StopRun(asked.request)
}
