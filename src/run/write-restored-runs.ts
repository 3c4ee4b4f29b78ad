import { insertRun, type Run, readRun } from '../state/runs.ts'
import { ensureState } from '../state/state-tables.ts'
import { readSteps } from '../state/steps.ts'
import type { Session } from '../target/target.ts'

/**
 * After a restore: writes the runs that the database knew before it into the restored one, in one transaction. A run that the backup does not know, or
 * knows only from before its first row, was undone by the restore: it becomes rolled_back. Any other stands where the backup left it. Every token is
 * above all that were ever given, so that an owner from before the restore can commit nothing. Doing it again changes nothing but tokens.
 */
export async function writeRestoredRuns(session: Session, runs: readonly Run[], backup: string): Promise<readonly string[]> {
  await ensureState(session)
  const undone: string[] = []
  await session.begin()
  try {
    for (const run of runs) if (await writeRun(session, run, backup)) undone.push(run.id)
    await session.commit()
    return undone
  } catch (error) {
    await session.rollback()
    throw error
  }
}

/** True for a run that the restore undid. */
async function writeRun(session: Session, run: Run, backup: string): Promise<boolean> {
  const [known] = await session.all<{ lease_token: number }>('SELECT lease_token FROM ferry_runs WHERE id = ?', [run.id])
  if (known === undefined) await insertRun(session, run, { owner: '', ttlMs: 0 })
  const undone = known === undefined || (await readSteps(session, run.id)).length === 0
  const token = Math.max(Number(known?.lease_token ?? 0), run.leaseToken) + 1
  const now = `(${session.dialect.nowMs})`
  await session.run(
    `UPDATE ferry_runs SET lease_token = ?, lease_owner = NULL, lease_expires_at = NULL, lease_beat = lease_beat + 1, request = NULL, updated_at = ${now}
     WHERE id = ?`,
    [token, run.id],
  )
  if (!undone) return false
  const { facts } = known === undefined ? run : await readRun(session, run.id)
  const { switched: _reverted, ...kept } = { ...facts, ...run.facts }
  await session.run(
    `UPDATE ferry_runs SET status = 'rolled_back', started_at = ?, finished_at = ${now}, error_code = ?, error_message = ?, error_hint = ?, facts = ?
     WHERE id = ?`,
    [run.startedAt, run.errorCode, run.errorMessage, run.errorHint, JSON.stringify({ ...kept, restoredFrom: backup }), run.id],
  )
  return true
}
