import type { ChalkInstance } from 'chalk'
import { redactSecrets } from '../../core/redact-secrets.ts'
import { renderDuration, renderPlural } from '../../report/render-units.ts'
import type { RehearsalResult } from '../../run/rehearse-transfer.ts'
import { renderCommands } from './render-commands.ts'
import { renderStepTable } from './render-result.ts'

/** What a rehearsal showed, for a person. */
export function renderRehearsal(result: RehearsalResult, paint: ChalkInstance): string[] {
  const { run } = result
  const table = renderStepTable(run.steps, paint)
  const rejects = run.rejects > 0 ? `, ${renderPlural(run.rejects, 'item')} rejected` : ''
  const verdict = result.passed
    ? `${paint.green('passed')}: the run came to ${run.status}${rejects}, and rolling it back brought schema and rows to what they were`
    : `${paint.red('not passed')}: the run came to ${run.status}${rejects}`
  return [
    ...(table.length > 0 ? ['', ...table] : []),
    '',
    `${verdict}, in ${renderDuration(result.ms)}`,
    ...result.differences.map((difference) => `  ${redactSecrets(difference)}`),
    'the target was only read; the copy is gone',
    '',
    ...renderCommands(
      [
        result.passed
          ? { command: 'ferry transfer', why: 'do it' }
          : { command: 'ferry plan', why: 'what stands in the way, grouped by cause' },
      ],
      paint,
    ),
  ]
}
