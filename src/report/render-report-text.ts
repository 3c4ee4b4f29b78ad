import { describeOutcome } from './describe-outcome.ts'
import { renderTable } from './render-table.ts'
import { renderBytes, renderCount, renderDuration, renderRate, renderTime } from './render-units.ts'
import type { ReportData } from './report-data.ts'

/** A report as plain lines, outcome first. */
export function renderReportText(data: ReportData): string[] {
  const outcome = describeOutcome(data)
  return [
    `${data.transfer}: ${outcome.headline}`,
    ...(outcome.detail === '' ? [] : [outcome.detail]),
    ...(data.error === null ? [] : ['', `${data.error.code}: ${data.error.message}`, `hint: ${data.error.hint}`]),
    '',
    ...renderSteps(data),
    ...renderRejects(data),
    ...renderVerification(data),
    '',
    ...renderFacts(data),
    ...renderCommands('next', data.next),
    ...renderCommands('to undo', data.undo),
  ]
}

function renderSteps(data: ReportData): string[] {
  const titles = ['read', 'inserted', 'updated', 'left out', 'rejected', 'links empty', 'in table', 'time']
  const rows = data.steps.map(({ table, mapping, kind, counts, rowsInTable, ms }) => [
    kind === 'patch' ? `${table} (links of ${mapping})` : table,
    ...[counts.read, counts.inserted, counts.updated + counts.linked, counts.skipped + counts.filtered, counts.rejected, counts.nulled].map(
      renderCount,
    ),
    rowsInTable === null ? '-' : renderCount(rowsInTable),
    renderDuration(ms),
  ])
  return renderTable([{ title: 'table' }, ...titles.map((title) => ({ title, align: 'right' as const }))], rows)
}

function renderRejects(data: ReportData): string[] {
  const rows = data.rejects.map((group) => [renderCount(group.count), group.code, `${group.mapping}${group.pointer}`, group.reason])
  const columns = [{ title: 'rejects', align: 'right' as const }, { title: 'cause' }, { title: 'where' }, { title: 'why', maxWidth: 70 }]
  return rows.length === 0 ? [] : ['', ...renderTable(columns, rows)]
}

function renderVerification({ verification }: ReportData): string[] {
  if (verification === null) return ['', 'not verified']
  const failed = verification.checks
    .filter((check) => check.status !== 'passed')
    .map((check) => `  ${check.status}: ${check.name}: ${check.detail}`)
  const wrong = verification.tables.filter((table) => table.missing + table.extra + table.changed > 0)
  const tables = wrong.map((table) => `  ${table.table}: ${table.missing} missing, ${table.extra} extra, ${table.changed} changed`)
  return [
    '',
    `verified against ${verification.basis === 'load' ? 'what was made of the source' : `the ${verification.basis}`}: ${verification.passed ? 'equal' : 'there are differences'}`,
    ...tables,
    ...failed,
  ]
}

function renderFacts(data: ReportData): string[] {
  const speed = data.itemsPerSecond > 0 ? `, ${renderRate(data.itemsPerSecond)} while loading` : ''
  const memory = data.peakRssBytes > 0 ? `, ${renderBytes(data.peakRssBytes)} of memory at most` : ''
  return [
    `run      ${data.runId} (${data.status}, exit code ${data.exitCode})`,
    `source   ${data.source}`,
    `target   ${data.target}`,
    `time     ${renderTime(data.startedAt)} to ${renderTime(data.finishedAt)}, ${renderDuration(data.workMs)} of work${speed}${memory}`,
    `backup   ${data.backup ?? 'none'}`,
  ]
}

function renderCommands(title: string, commands: ReportData['next']): string[] {
  return commands.length === 0 ? [] : ['', `${title}:`, ...commands.map(({ command, why }) => `  ${command}  (${why})`)]
}
