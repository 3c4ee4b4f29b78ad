import type { ReportCommand, ReportFinal } from './report-data.ts'

/** Commands that make sense for a run as it stands, most useful first. */
export function suggestNext(final: ReportFinal): readonly ReportCommand[] {
  const run = `--run ${final.runId}`
  const hasRejects = final.rejects.length > 0 && (final.openRejects ?? 1) > 0
  const rejects: ReportCommand[] = hasRejects
    ? [
        { command: `ferry rejects ${run}`, why: 'see what was turned away, grouped by cause' },
        { command: `ferry retry ${run}`, why: 'take the rejects up again after the definition was mended' },
      ]
    : []
  switch (final.status) {
    case 'running':
    case 'verifying':
    case 'interrupted':
    case 'paused':
      return [{ command: `ferry resume ${run}`, why: 'go on from the last committed batch' }, ...rejects]
    case 'failed':
      return [{ command: `ferry resume ${run}`, why: 'go on after the cause was mended' }, ...rejects]
    case 'rolling_back':
      return [{ command: `ferry rollback ${run}`, why: 'go on with the rollback' }]
    case 'completed_unverified':
      return [{ command: `ferry verify ${run}`, why: 'prove what arrived; nobody has yet' }, ...rejects]
    case 'rolled_back':
      return [{ command: 'ferry transfer', why: 'start again' }]
    case 'cancelled':
      return rejects
    default:
      return [...rejects, { command: `ferry verify ${run}`, why: 'compare again, any time later' }]
  }
}

/** How to take a run back: what each command removes and what it leaves. */
export function suggestUndo(final: ReportFinal): readonly ReportCommand[] {
  if (final.status === 'rolled_back') return []
  const run = `--run ${final.runId}`
  const undo: ReportCommand[] = [
    { command: `ferry rollback ${run} --dry-run`, why: 'say what would be deleted and what would be kept; changes nothing' },
    {
      command: `ferry rollback ${run}`,
      why: 'delete exactly the rows this run wrote that are still as written; rows edited since, and rows that others refer to, stay and are listed',
    },
  ]
  if ((final.switched ?? []).length > 0) {
    undo.push({ command: `ferry rollback ${run} --level switch`, why: "only put the app's configuration back; the rows stay" })
  }
  const migrations = final.migrations ?? []
  if (migrations.length > 0) {
    undo.push({
      command: `ferry rollback ${run}${(final.switched ?? []).length > 0 ? ' --level switch' : ''} --level rows --level schema`,
      why: `also take back the ${migrations.length} migrations this run applied`,
    })
  }
  if (final.backup !== undefined) {
    undo.push({
      command: `ferry rollback ${run} --level restore`,
      why: 'put back the backup made before the run; everything written since is lost',
    })
  }
  return undo
}
