import { renderTable } from '../../src/report/render-table.ts'
import { listGrowth } from '../growth.ts'
import type { Spread } from '../measure/statistics.ts'
import type { BenchResults, Case } from '../results.ts'

/** The tables a terminal shows: ratios first. */
export function renderResults(results: BenchResults): string {
  const lines = [
    `${results.rounds} alternated rounds; ${results.machine}`,
    'ratio: whole process against the first line of its table, round by round; median (least to greatest)',
    ...results.cases.flatMap(renderCase),
    ...renderGrowth(results),
    ...renderCommands(results),
    ...(results.leftOut.length === 0 ? [] : ['', ...results.leftOut]),
  ]
  return `${lines.join('\n')}\n`
}

/** `200,000 parking sessions …, 74 MB; sqlite` */
export function renderHeading({ title, records, rows, bytes, engine }: Case): string {
  const count = records === 0 ? '' : `${records.toLocaleString('en')} `
  return `${engine}: ${count}${title} (${rows.toLocaleString('en')} rows, ${Math.round(bytes / 1e6).toLocaleString('en')} MB)`
}

function renderCase(one: Case): string[] {
  return [
    '',
    renderHeading(one),
    ...renderTable(
      [
        { title: 'contestant' },
        { title: 'ratio', align: 'right' },
        { title: 'CPU ratio', align: 'right' },
        { title: 'seconds', align: 'right' },
        { title: 'rows/s', align: 'right' },
        { title: 'peak MiB', align: 'right' },
      ],
      one.results.map((result) => [
        result.name,
        renderRatio(result.ratio),
        renderRatio(result.cpuRatio),
        `${(result.wallMs.median / 1000).toFixed(2)} (${(result.wallMs.least / 1000).toFixed(2)} to ${(result.wallMs.greatest / 1000).toFixed(2)})`,
        Math.round(result.rowsPerSecond).toLocaleString('en'),
        renderMebibytes(result.peakRssBytes),
      ]),
    ),
    ...(one.comparisons.length === 0 ? [] : ['', ...renderComparisons(one)]),
  ]
}

function renderComparisons({ comparisons }: Case): string[] {
  return renderTable(
    [
      { title: 'what a part costs' },
      { title: 'ratio', align: 'right' },
      { title: 'CPU ratio', align: 'right' },
      { title: 'of' },
      { title: 'against' },
    ],
    comparisons.map(({ name, ratio, cpuRatio, of, against }) => [name, renderRatio(ratio), renderRatio(cpuRatio), of, against]),
  )
}

function renderGrowth({ cases }: BenchResults): string[] {
  const growth = listGrowth(cases)
  if (growth.length === 0) return []
  return [
    '',
    ...renderTable(
      [
        { title: 'growth' },
        { title: 'contestant' },
        { title: 'records' },
        { title: 'rows', align: 'right' },
        { title: 'time', align: 'right' },
        { title: 'CPU', align: 'right' },
        { title: 'peak MiB', align: 'right' },
      ],
      growth.map((one) => [
        `${one.workload}, ${one.engine}`,
        one.contestant,
        `${one.from.toLocaleString('en')} to ${one.to.toLocaleString('en')}`,
        `x ${one.rows.toFixed(2)}`,
        `x ${one.time.toFixed(2)}`,
        one.cpu === undefined ? '' : `x ${one.cpu.toFixed(2)}`,
        `${renderMebibytes(one.peakFromBytes)} to ${renderMebibytes(one.peakToBytes)}`,
      ]),
    ),
  ]
}

function renderCommands({ commands }: BenchResults): string[] {
  if (commands.length === 0) return []
  return [
    '',
    ...renderTable(
      [{ title: 'command' }, { title: 'CPU ms', align: 'right' }, { title: 'CPU ratio', align: 'right' }, { title: 'ms', align: 'right' }],
      commands.map(({ name, cpuMs, cpuRatio, wallMs }) => [name, cpuMs.median.toFixed(0), renderRatio(cpuRatio), wallMs.median.toFixed(0)]),
    ),
  ]
}

/** Empty for none. */
export function renderRatio(spread: Spread | undefined): string {
  if (spread === undefined) return ''
  return `${spread.median.toFixed(2)} (${spread.least.toFixed(2)} to ${spread.greatest.toFixed(2)})`
}

/** Empty where nobody saw it. */
export function renderMebibytes(bytes: number): string {
  return bytes === 0 ? '' : String(Math.round(bytes / 2 ** 20))
}
