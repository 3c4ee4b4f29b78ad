import { renderTable } from '../../src/report/render-table.ts'
import type { Spread } from '../measure/statistics.ts'
import type { BenchResults } from '../results.ts'

/** The table a terminal shows: ratios first. */
export function renderResults(results: BenchResults): string {
  const { sessions, rounds, bytes, machine } = results
  const lines = [
    `${sessions.toLocaleString('en')} parking sessions of 14 fields and their parents, ${Math.round(bytes / sessions)} bytes each; ${rounds} alternated rounds; ${machine}`,
    'ratio: whole process against the first line of the engine, round by round; median (least to greatest)',
    '',
    ...renderTable(
      [
        { title: 'engine' },
        { title: 'contestant' },
        { title: 'ratio', align: 'right' },
        { title: 'CPU ratio', align: 'right' },
        { title: 'seconds', align: 'right' },
        { title: 'rows/s', align: 'right' },
        { title: 'peak MiB', align: 'right' },
      ],
      results.results.map((result) => [
        result.engine,
        result.name,
        renderRatio(result.ratio),
        result.cpuRatio === undefined ? '' : renderRatio(result.cpuRatio),
        `${(result.wallMs.median / 1000).toFixed(2)} (${(result.wallMs.least / 1000).toFixed(2)} to ${(result.wallMs.greatest / 1000).toFixed(2)})`,
        Math.round(result.rowsPerSecond).toLocaleString('en'),
        result.peakRssBytes === 0 ? '' : String(Math.round(result.peakRssBytes / 2 ** 20)),
      ]),
    ),
  ]
  return `${lines.join('\n')}\n`
}

export function renderRatio({ median, least, greatest }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${greatest.toFixed(2)})`
}
