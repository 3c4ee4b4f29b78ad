import type { ChalkInstance } from 'chalk'
import { renderTable, showControls } from '../../report/render-table.ts'
import { renderCount, renderDuration } from '../../report/render-units.ts'
import type { VerifyResult } from '../../verify/verify.ts'
import { renderChecks } from './render-checks.ts'

/** What verification found, for a person. */
export function renderVerification(result: VerifyResult, paint: ChalkInstance): string[] {
  const basis = {
    load: 'what was made of the source',
    source: 'the source',
    journal: `the run's journal (${result.basisReason ?? 'the source is gone or changed'})`,
  }[result.basis]
  const titles = ['expected', 'found', 'missing', 'extra', 'changed', 'changed since']
  const rows = result.tables.map((table) => [
    table.table,
    ...[table.expected, table.found, table.missing, table.extra, table.changed, table.changedSince].map(renderCount),
  ])
  const verdict = result.passed ? paint.green('equal') : paint.red('there are differences')
  return [
    ...renderTable([{ title: 'table' }, ...titles.map((title) => ({ title, align: 'right' as const }))], rows, { dress: paint.dim }),
    ...renderDifferences(result, paint),
    '',
    ...renderChecks(result.checks, paint),
    '',
    `${verdict}: compared with ${basis}, in ${renderDuration(result.ms)}`,
  ]
}

function renderDifferences(result: VerifyResult, paint: ChalkInstance): string[] {
  const rows = result.differences.map((difference) => [
    difference.kind.replace('_', ' '),
    difference.table,
    difference.key,
    difference.column ?? '',
    renderSide(difference.expected),
    renderSide(difference.found),
  ])
  const columns = [
    { title: 'difference' },
    { title: 'table' },
    { title: 'key', maxWidth: 40 },
    { title: 'column' },
    { title: 'expected', maxWidth: 40 },
    { title: 'found', maxWidth: 40 },
  ]
  return rows.length === 0 ? [] : ['', ...renderTable(columns, rows, { dress: paint.dim })]
}

/** A text comes in its quotes, so that `27` and `"27"` can be told apart. */
function renderSide(value: string | null | undefined): string {
  if (value === undefined) return ''
  return value === null ? 'NULL' : showControls(value)
}
