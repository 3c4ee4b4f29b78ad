import type { ChalkInstance } from 'chalk'
import { redactSecrets } from '../../core/redact-secrets.ts'
import { renderTable } from '../../report/render-table.ts'
import { renderCount, renderDuration, renderPercent, renderPlural, renderTime } from '../../report/render-units.ts'
import type { RunStatusReport } from '../../run/read-status.ts'
import type { Run } from '../../state/runs.ts'
import { renderCommands } from './render-commands.ts'
import { renderRejectGroups } from './render-rejects.ts'

/** Where a run stands, for a person. */
export function renderStatus(status: RunStatusReport, paint: ChalkInstance): string[] {
  const { run } = status
  return [
    `${paint.bold(run.transfer)}: ${renderState(status.state, paint)}`,
    `run ${run.id}${run.kind === 'retry' ? ` (a retry of ${run.parentId ?? 'another'})` : ''}, started ${renderTime(run.startedAt)}${describeEnd(run)}`,
    ...describeOwner(status),
    ...describeError(run, paint),
    ...renderSteps(status, paint),
    ...(status.rejects.length === 0
      ? []
      : ['', `${renderPlural(status.openRejects, 'open reject')}:`, ...renderRejectGroups(status.rejects, paint)]),
    ...describeIndexes(status, paint),
    '',
    ...renderCommands(status.next, paint),
  ]
}

/** One line a run. */
export function renderRuns(runs: readonly Run[], paint: ChalkInstance): string[] {
  if (runs.length === 0) return ['no runs yet; ferry transfer starts one']
  const rows = runs.map((run) => [
    run.id,
    run.kind,
    run.status,
    renderTime(run.startedAt),
    run.finishedAt === null ? '' : renderDuration(run.finishedAt - run.startedAt),
  ])
  return renderTable(
    [{ title: 'run' }, { title: 'kind' }, { title: 'status' }, { title: 'started' }, { title: 'took', align: 'right' }],
    rows,
    { dress: paint.dim },
  )
}

function renderState(state: RunStatusReport['state'], paint: ChalkInstance): string {
  const words = state.replaceAll('_', ' ')
  if (state === 'completed') return paint.green(words)
  if (state === 'failed') return paint.red(words)
  return state === 'running' || state === 'paused' || state === 'verifying' ? paint.cyan(words) : paint.yellow(words)
}

function describeEnd(run: Run): string {
  return run.finishedAt === null ? '' : `, ended ${renderTime(run.finishedAt)} (${renderDuration(run.finishedAt - run.startedAt)})`
}

function describeOwner({ run, state, owned }: RunStatusReport): string[] {
  if (owned) return [`owned by ${run.owner}${run.request === null ? '' : `, asked to ${run.request}`}`]
  return state === 'interrupted' || state === 'rolling_back' ? ['its process is gone; nothing committed is lost'] : []
}

function describeError(run: Run, paint: ChalkInstance): string[] {
  if (run.errorCode === null) return []
  const hint = run.errorHint === null || run.errorHint === '' ? [] : [`hint: ${redactSecrets(run.errorHint)}`]
  return [`${paint.red(run.errorCode)}: ${redactSecrets(run.errorMessage ?? '')}`, ...hint]
}

function renderSteps({ steps }: RunStatusReport, paint: ChalkInstance): string[] {
  const rows = steps.map((step) => {
    const done = step.status === 'done' ? '100 %' : step.expected === null ? '' : renderPercent(step.counts.read, step.expected)
    const { counts } = step
    return [
      String(step.number + 1),
      step.kind === 'patch' ? `${step.mapping} (links)` : step.mapping,
      step.table,
      step.status,
      done,
      ...[counts.read, counts.inserted + counts.updated + counts.linked, counts.rejected].map(renderCount),
    ]
  })
  const right = ['done', 'items', 'rows', 'rejects']
  const columns = [
    { title: 'step' },
    { title: 'mapping' },
    { title: 'table' },
    { title: 'status' },
    ...right.map((title) => ({ title, align: 'right' as const })),
  ]
  return rows.length === 0 ? [] : ['', ...renderTable(columns, rows, { dress: paint.dim })]
}

function describeIndexes({ missingIndexes }: RunStatusReport, paint: ChalkInstance): string[] {
  if (missingIndexes.length === 0) return []
  // On MySQL an index may have the name of its foreign key.
  const names = missingIndexes
    .map(({ table, name, kind }) => `${table}.${name}${kind === 'foreign_key' ? ' (foreign key)' : ''}`)
    .join(', ')
  return ['', paint.yellow(`missing for the time of the load (resume or rollback puts them back): ${names}`)]
}
