import type { Target } from '../../src/index.ts'
import { wrapSessions } from './wrap-sessions.ts'

/** Swallows the rows of the journal; what hashes and packs them is empty in a build of its own, see `bench/build.ts`. */
export function withoutJournal(target: Target): Target {
  return wrapSessions(target, (session) => ({
    run: (sql, bindings) => (sql.startsWith('INSERT INTO ferry_journal') ? Promise.resolve(1) : session.run(sql, bindings)),
  }))
}

/** @throws where this is not that build, so that a run with a journal cannot pass for one without. */
export async function assertNoJournal(): Promise<void> {
  const [{ packJournal }, { openRowHash }] = await Promise.all([
    import('../../src/state/pack-journal.ts'),
    import('../../src/transform/row-hash.ts'),
  ])
  const hash = (await openRowHash())([])
  if (packJournal({ rows: [], updates: [] }).length > 0 || hash([]) !== 0n) throw new Error('the journal is made all the same')
}
