import { restoreIndexes } from '../load/index-deferral.ts'
import { restoreWithdrawn } from '../load/restore-withdrawn.ts'
import { type RollbackRowsResult, rollbackRows } from '../rollback/rollback-rows.ts'
import { withSuspended } from '../state/foreign-key-checks.ts'
import { reopenRejects } from '../state/rejects.ts'
import { addFacts, moveRun } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import { revertSwitch } from '../switch/revert-switch.ts'
import type { TableInfo } from '../target/target.ts'
import type { OpenRun } from './open-run.ts'

/**
 * The levels `switch` and `rows` of one held run: configuration put back (unless `keepSwitch`), indexes made again, what it wrote taken out.
 * Goes on where an earlier try was killed. @throws FERRY_SWITCH_CONFLICT before anything is changed
 */
export async function undoRun(
  open: OpenRun,
  options: { readonly force?: boolean; readonly keepSwitch?: boolean } = {},
): Promise<RollbackRowsResult> {
  const { report, ambient, target, leaseTtlMs, signal, folder } = open.place
  const startedAt = ambient.now()
  report({ type: 'phase:started', phase: 'rollback' })
  const revert = async (dryRun: boolean) => {
    if (options.keepSwitch !== true) await revertSwitch({ cwd: process.cwd(), folder, dryRun })
  }
  await revert(true)
  await open.refresh()
  await open.transact(async (session) => {
    await moveRun(session, open.run.id, { from: open.run.status, to: 'rolling_back' })
  })
  await open.refresh()
  await revert(false)
  const doing = { report, now: ambient.now }
  // Before rows go the engine is to hold what refers to them; a cycle, whose rows were loaded without its foreign keys, goes without them too.
  if ((open.run.facts.enforcementOff ?? []).length === 0) await restoreWithdrawn(open.session, open.run.id, doing)
  else await restoreIndexes(open.session, open.run.id, doing)
  const steps = await readSteps(open.session, open.run.id)
  const tables = new Map<string, TableInfo>()
  for (const { table: name } of steps) {
    const table = await open.session.dialect.readTable(open.session, name)
    if (table !== undefined) tables.set(name, await withSuspended(open.session, table))
  }
  const result = await rollbackRows({
    target,
    session: open.session,
    run: open.run,
    steps,
    tables,
    lease: open.lease,
    leaseTtlMs,
    dryRun: false,
    force: options.force === true,
    report,
    signal,
  })
  // What rows in between had kept away.
  await restoreWithdrawn(open.session, open.run.id, doing)
  await open.transact(async (session) => {
    await addFacts(session, open.run.id, { kept: result.keptCount, ...(options.keepSwitch === true ? {} : { switched: [] }) })
    if (open.run.parentId !== null) await reopenRejects(session, open.run.parentId, open.run.id)
    await moveRun(session, open.run.id, { from: 'rolling_back', to: 'rolled_back' })
  })
  await open.refresh()
  const deleted = Object.values(result.deleted).reduce((sum, count) => sum + count, 0)
  report({ type: 'phase:finished', phase: 'rollback', ms: ambient.now() - startedAt, detail: `${deleted} rows taken out` })
  return result
}
