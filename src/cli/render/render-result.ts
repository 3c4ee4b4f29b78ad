import type { ChalkInstance } from 'chalk'
import { redactSecrets } from '../../core/redact-secrets.ts'
import { renderTable } from '../../report/render-table.ts'
import { renderCount, renderDuration, renderPlural } from '../../report/render-units.ts'
import type { RunResult } from '../../run/run-options.ts'
import { renderCommands } from './render-commands.ts'

/** What a run came to: a table of steps, the outcome, and the commands that make sense next. */
export function renderResult(result: RunResult, paint: ChalkInstance): string[] {
  const table = renderStepTable(result.steps, paint)
  return [
    ...(table.length > 0 ? ['', ...table] : []),
    '',
    renderOutcome(result, paint),
    ...renderDetail(result),
    '',
    ...renderCommands(nextOf(result), paint),
  ]
}

/** One line a step: what became of its items, and what the table holds now. */
export function renderStepTable(steps: RunResult['steps'], paint: ChalkInstance): string[] {
  const rows = steps.map((step) => {
    const { counts } = step
    const name =
      step.kind === 'patch'
        ? `${step.table} (links of ${step.mapping})`
        : step.mapping === step.table
          ? step.table
          : `${step.table} (${step.mapping})`
    const numbers = [
      counts.read,
      counts.inserted,
      counts.updated + counts.linked,
      counts.skipped + counts.filtered,
      counts.rejected,
      counts.nulled,
      step.rowsInTable,
    ]
    return [name, ...numbers.map(renderCount)]
  })
  const right = ['read', 'inserted', 'updated', 'left out', 'rejected', 'links empty', 'in table now']
  return renderTable([{ title: 'table' }, ...right.map((title) => ({ title, align: 'right' as const }))], rows, { dress: paint.dim })
}

const OUTCOMES: Readonly<Record<RunResult['status'], readonly ['green' | 'yellow' | 'red' | 'cyan', string]>> = {
  completed: ['green', 'completed: every record arrived and was proved'],
  completed_with_rejects: ['yellow', 'completed with rejects: the rest arrived and was proved'],
  completed_unverified: ['yellow', 'completed, not verified'],
  failed: ['red', 'failed: what was committed stays, and resume goes on from there'],
  paused: ['cyan', 'paused: resume goes on from the last committed batch'],
  running: ['cyan', 'interrupted: resume goes on from the last committed batch'],
  verifying: ['cyan', 'interrupted while verifying: resume goes on'],
  rolling_back: ['yellow', 'the rollback is not finished: ferry rollback goes on'],
  rolled_back: ['yellow', 'rolled back: what this run wrote is gone again'],
  cancelled: ['yellow', 'cancelled: its rows stay until rollback'],
}

function renderOutcome(result: RunResult, paint: ChalkInstance): string {
  const [tone, words] = OUTCOMES[result.status]
  return `${paint[tone](words)}, in ${renderDuration(result.ms)}`
}

function renderDetail(result: RunResult): string[] {
  const lines: string[] = []
  if (result.rejects > 0) lines.push(`${renderPlural(result.rejects, 'item')} rejected, kept whole`)
  if (result.openLinks > 0) lines.push(`${renderPlural(result.openLinks, 'link')} open, because the parent was rejected`)
  if (result.error !== undefined) {
    lines.push(`${result.error.code}: ${redactSecrets(result.error.message)}`)
    if (result.error.hint !== '') lines.push(`hint: ${redactSecrets(result.error.hint)}`)
  }
  lines.push(`run ${result.runId}, report in ${result.folder}`)
  return lines
}

function nextOf(result: RunResult): { command: string; why: string }[] {
  const run = `--run ${result.runId}`
  const rejects = result.rejects > 0 ? [{ command: `ferry rejects ${run}`, why: 'what was turned away, grouped by cause' }] : []
  const undo = { command: `ferry rollback ${run}`, why: 'take out exactly what this run wrote' }
  switch (result.status) {
    case 'running':
    case 'verifying':
    case 'paused':
    case 'failed':
      return [
        { command: `ferry resume ${run}`, why: result.status === 'failed' ? 'go on after the cause was mended' : 'go on' },
        ...rejects,
        undo,
      ]
    case 'rolling_back':
      return [{ command: `ferry rollback ${run}`, why: 'go on with the rollback' }]
    case 'rolled_back':
      return rejects
    case 'completed_unverified':
      return [{ command: `ferry verify ${run}`, why: 'prove what arrived' }, ...rejects, undo]
    default:
      return [...rejects, { command: `ferry report ${run}`, why: 'the whole story' }, undo]
  }
}
