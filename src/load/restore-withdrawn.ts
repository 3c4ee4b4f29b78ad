import { isFerryError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import { resumeForeignKeys } from '../state/foreign-key-checks.ts'
import type { Session } from '../target/target.ts'
import { restoreIndexes } from './index-deferral.ts'

/**
 * Makes everything again that a run took away, for a run that goes no further (cancel, rollback). A foreign key that the rows as they stand would break
 * cannot come back: it stays in ferry_indexes, where status names it, until rollback took the rows out.
 */
export async function restoreWithdrawn(
  session: Session,
  runId: string,
  options: { readonly report: Report; readonly now: () => number },
): Promise<void> {
  await restoreIndexes(session, runId, options)
  try {
    await resumeForeignKeys(session, runId)
  } catch (error) {
    if (!isFerryError(error, 'FERRY_LOAD_FOREIGN_KEYS')) throw error
    options.report({ type: 'notice', text: `${error.message}; it stays away until \`ferry rollback\` has taken those rows out` })
  }
}
