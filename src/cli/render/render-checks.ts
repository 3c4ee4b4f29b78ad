import type { ChalkInstance } from 'chalk'
import type { Check } from '../../core/check.ts'
import { redactSecrets } from '../../core/redact-secrets.ts'
import { wrapText } from '../../report/render-table.ts'

/** One line a check, with a tick, and its hint below where there is one. */
export function renderChecks(checks: readonly Check[], paint: ChalkInstance): string[] {
  const width = Math.max(40, Math.min(process.stdout.columns ?? 120, 140) - 6)
  const marks = { passed: paint.green('✔'), warning: paint.yellow('!'), failed: paint.red('✖') }
  return checks.flatMap((check) => [
    ...wrapText(`${check.name}: ${redactSecrets(check.detail)}`, width).map((line, at) =>
      at === 0 ? `  ${marks[check.status]} ${line}` : `      ${line}`,
    ),
    ...(check.hint === '' ? [] : wrapText(redactSecrets(check.hint), width).map((line) => `      ${paint.dim(line)}`)),
  ])
}
