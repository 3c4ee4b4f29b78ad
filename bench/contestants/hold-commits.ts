import type { Target } from '../../src/index.ts'
import { wrapSessions } from './wrap-sessions.ts'

/** Whether a step is being loaded: then its transaction stays open. */
export interface Holding {
  open: boolean
}

/**
 * One COMMIT a step in place of one a batch: what checkpoints cost. Their statements are run all the same, and nobody could resume from them.
 * For rows that are not packed: their file can be let go only after a COMMIT.
 */
export function holdCommits(target: Target, holding: Holding): Target {
  return wrapSessions(target, (session) => {
    let held = false
    return {
      get inTransaction() {
        return session.inTransaction && !held
      },
      async begin() {
        if (held && holding.open) {
          held = false
          return
        }
        if (held) await session.commit()
        held = false
        await session.begin()
      },
      async commit() {
        held = holding.open
        if (!held) await session.commit()
      },
      async close() {
        if (held) await session.commit()
        held = false
        await session.close()
      },
    }
  })
}
