import type { ChalkInstance } from 'chalk'
import { cutText, renderTable, showControls } from '../../report/render-table.ts'
import { renderCount, renderDuration, renderPlural } from '../../report/render-units.ts'
import type { ParityResult } from '../../run/prove-parity.ts'
import { renderResult } from './render-result.ts'

/** What several targets came to, for a person. */
export function renderParity(result: ParityResult, paint: ChalkInstance): string[] {
  const loaded = result.targets.map(({ target, runId, status, moved, ms }) =>
    moved ? `  ${target}: ${status} by run ${runId}, in ${renderDuration(ms)}` : `  ${target}: ${status} before, by run ${runId}`,
  )
  const differing = result.comparisons.filter(({ equal }) => !equal)
  return [
    '',
    paint.bold('Targets'),
    ...loaded,
    ...(result.failed === undefined ? [] : renderResult(result.failed, paint)),
    ...renderTables(result, paint),
    ...differing.flatMap((comparison) => renderDifferences(comparison)),
    '',
    renderVerdict(result, paint),
  ]
}

function renderTables({ comparisons }: ParityResult, paint: ChalkInstance): string[] {
  const [first] = comparisons
  if (first === undefined) return []
  const columns = [
    { title: 'table' },
    { title: 'rows', align: 'right' as const },
    ...comparisons.map(({ b }) => ({ title: `differ in ${b}`, align: 'right' as const })),
  ]
  const rows = first.tables.map(({ table, rows: count }) => [
    table,
    renderCount(count),
    ...comparisons.map((comparison) => renderCount(comparison.tables.find((one) => one.table === table)?.different ?? 0)),
  ])
  return ['', paint.bold(`Compared with ${first.a}`), ...renderTable(columns, rows, { indent: '  ', dress: paint.dim })]
}

function renderDifferences({ a, b, differences }: ParityResult['comparisons'][number]): string[] {
  const show = (value: string | null) => (value === null ? 'NULL' : cutText(showControls(value), 60))
  return [
    '',
    `${a} and ${b}:`,
    ...differences.map(({ table, key, column, a: left, b: right }) =>
      column === undefined
        ? `  ${table} ${showControls(key)}: only in ${left === null ? b : a}`
        : `  ${table}.${column} of ${showControls(key)}: ${show(left)} and ${show(right)}`,
    ),
  ]
}

function renderVerdict(result: ParityResult, paint: ChalkInstance): string {
  if (result.failed !== undefined) return `${paint.red('not compared')}: a run came to ${result.failed.status}`
  const rows = result.comparisons[0]?.tables.reduce((sum, table) => sum + table.rows, 0) ?? 0
  const about = `${renderPlural(rows, 'row')} in each of ${result.targets.length} targets`
  return result.equal ? `${paint.green('equal')}: ${about}, column by column` : `${paint.red('different')}: see above`
}
