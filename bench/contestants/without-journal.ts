import type { Target } from '../../src/index.ts'
import { wrapSessions } from './wrap-sessions.ts'

/** Swallows the rows of the journal; what hashes and packs them is replaced by `journal-hooks.ts`, in worker threads too. */
export function withoutJournal(target: Target): Target {
  return wrapSessions(target, (session) => ({
    run: (sql, bindings) => (sql.startsWith('INSERT INTO ferry_journal') ? Promise.resolve(1) : session.run(sql, bindings)),
  }))
}

/** @throws where the hooks did not take hold, so that a run with a journal cannot pass for one without. */
export async function assertHooked(): Promise<void> {
  const [{ packJournal }, { openRowHash }] = await Promise.all([
    import('../../src/state/pack-journal.ts'),
    import('../../src/transform/row-hash.ts'),
  ])
  const hash = (await openRowHash())([])
  if (packJournal({ rows: [], updates: [] }).length > 0 || hash([]) !== 0n) throw new Error('the journal is made all the same')
}
