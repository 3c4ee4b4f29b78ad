import { faultOf } from '../target/engine-error.ts'
import type { OpenRun } from './open-run.ts'

/** Tries before the run stops (resumable): with the waits below about half a minute. */
const MAX_ATTEMPTS = 9
const FIRST_WAIT_MS = 50
/** An engine waits for a lock itself before it says no (SQLite 5 s, MySQL 50 s), so tries may be long: after this time there is no other. */
const LOCKED_MS = 30_000

export interface TroubleOptions<T> {
  /** The step at work, for the events. */
  readonly step: number
  /** Asked after every new connection: the answer that the lost one may have brought about; undefined: do the work again. */
  readonly decide?: () => Promise<T | undefined>
}

/**
 * Does `work` again where the engine's trouble passes: locks and deadlocks after a wait, a lost connection after a new one with a higher token.
 * `work` is one transaction, or reads only. @throws the last trouble, or what else `work` throws
 */
export async function throughTrouble<T>(open: OpenRun, options: TroubleOptions<T>, work: () => Promise<T>): Promise<T> {
  const startedAt = open.place.ambient.now()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const trouble = passingTrouble(error)
      if (trouble === undefined || attempt >= MAX_ATTEMPTS) throw error
      if (trouble === 'locked' && open.place.ambient.now() - startedAt >= LOCKED_MS) throw error
      const waitMs = FIRST_WAIT_MS * 2 ** (attempt - 1)
      open.place.report({ type: 'batch:retried', step: options.step, attempt, reason: trouble, waitMs })
      await open.place.ambient.sleep(waitMs)
      if (trouble === 'connection') {
        const decided = await reconnect(open, options)
        if (decided !== undefined) return decided
      }
    }
  }
}

/** The kind of trouble that waiting or a new connection may end. */
function passingTrouble(error: unknown): 'locked' | 'transient' | 'connection' | undefined {
  const kind = faultOf(error)?.kind
  return kind === 'locked' || kind === 'transient' || kind === 'connection' ? kind : undefined
}

/** What `decide` says over a new connection; undefined also where the server is still away. */
async function reconnect<T>(open: OpenRun, options: TroubleOptions<T>): Promise<T | undefined> {
  try {
    await open.reconnect()
    return await options.decide?.()
  } catch (error) {
    if (passingTrouble(error) === undefined) throw error
    return undefined
  }
}
