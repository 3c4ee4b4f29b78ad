import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Ambient } from '../core/clock.ts'

/** The real clock and the real chance. */
export const SYSTEM_AMBIENT: Ambient = Object.freeze({
  now: () => Date.now(),
  randomBytes: (size: number) => randomBytes(size),
  sleep: async (ms: number, signal?: AbortSignal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal })
  },
})
