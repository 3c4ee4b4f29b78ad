import { escapeHtml as text } from '../../src/report/html/escape-html.ts'
import { REPORT_STYLE } from '../../src/report/html/report-style.ts'
import { listGrowth } from '../growth.ts'
import type { BenchResults, Case } from '../results.ts'
import { renderHeading, renderMebibytes, renderRatio } from './render-results.ts'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
const STYLE = `.bars { display: grid; grid-template-columns: minmax(110px, auto) 1fr auto; gap: 6px 12px; align-items: center; }
.bars i { display: block; height: 14px; border-radius: 4px; background: var(--calm); min-width: 2px; } .bars i.ours { background: var(--good); }
.bars span { font-variant-numeric: tabular-nums; } h3 { margin-top: 1.4em; }`

/** One self-contained page: bars of the ratios, one section a case, then every figure. Loads nothing. */
export function renderPage(results: BenchResults): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>knex-ferry bench</title><style>${REPORT_STYLE}${STYLE}</style></head>
<body><main><h1>knex-ferry bench</h1>
<p class="lead">Medians of ${results.rounds} alternated round${results.rounds === 1 ? '' : 's'}. Ratios are of whole processes against the first bar, round by round; shorter is faster.</p>
<p class="soft small">${text(results.machine)}; ${text(results.startedAt)}.</p>
${[...results.cases.map(renderCase), renderGrowth(results), renderCommands(results)].join('\n')}
${results.leftOut.map((sentence) => `<p class="soft small">${text(sentence)}</p>`).join('\n')}
</main></body></html>
`
}

function renderCase(one: Case): string {
  const rows = one.results.map((result) => [
    `${text(result.name)}<br><span class="soft small">${text(result.what)}</span>`,
    renderRatio(result.ratio),
    renderRatio(result.cpuRatio),
    (result.wallMs.median / 1000).toFixed(2),
    Math.round(result.rowsPerSecond).toLocaleString('en'),
    renderMebibytes(result.peakRssBytes),
  ])
  const figures = renderFigures(['contestant', 'ratio (least to greatest)', 'CPU ratio', 'seconds', 'rows/s', 'peak MiB'], rows)
  const bars = renderBars(one.results.map(({ name, ratio }) => ({ name, value: ratio.median, label: ratio.median.toFixed(2) })))
  return `<section><h2>${text(renderHeading(one))}</h2>${bars}
<h3>Figures</h3>${figures}${renderComparisons(one)}</section>`
}

function renderComparisons({ comparisons }: Case): string {
  if (comparisons.length === 0) return ''
  const rows = comparisons.map(({ name, ratio, cpuRatio, of, against }) => [
    `${text(name)}<br><span class="soft small">${text(`${of} / ${against}`)}</span>`,
    renderRatio(ratio),
    renderRatio(cpuRatio),
  ])
  return `<h3>What a part costs</h3>${renderFigures(['part', 'ratio (least to greatest)', 'CPU ratio'], rows)}`
}

function renderGrowth({ cases }: BenchResults): string {
  const growth = listGrowth(cases)
  if (growth.length === 0) return ''
  const bars = renderBars(
    growth.map(({ contestant, engine, time, rows, from, to }) => ({
      name: `${contestant}, ${engine}, ${from.toLocaleString('en')} to ${to.toLocaleString('en')}`,
      value: time / rows,
      label: (time / rows).toFixed(2),
    })),
  )
  const rows = growth.map((one) => [
    `${text(one.contestant)}<br><span class="soft small">${text(`${one.workload}, ${one.engine}`)}</span>`,
    `${one.from.toLocaleString('en')} to ${one.to.toLocaleString('en')}`,
    `x ${one.rows.toFixed(2)}`,
    `x ${one.time.toFixed(2)}`,
    one.cpu === undefined ? '' : `x ${one.cpu.toFixed(2)}`,
    `${renderMebibytes(one.peakFromBytes)} to ${renderMebibytes(one.peakToBytes)}`,
  ])
  return `<section><h2>Growth</h2><p class="soft">Time's growth over the rows' growth: 1.00 is in proportion.</p>${bars}
<h3>Figures</h3>${renderFigures(['contestant', 'records', 'rows', 'time', 'CPU', 'peak MiB'], rows)}</section>`
}

function renderCommands({ commands }: BenchResults): string {
  if (commands.length === 0) return ''
  const bars = renderBars(commands.map(({ name, cpuMs }) => ({ name, value: cpuMs.median, label: `${cpuMs.median.toFixed(0)} ms` })))
  const rows = commands.map(({ name, cpuMs, cpuRatio, wallMs }) => [
    text(name),
    cpuMs.median.toFixed(0),
    renderRatio(cpuRatio),
    wallMs.median.toFixed(0),
  ])
  return `<section><h2>Commands, processor time</h2>${bars}
<h3>Figures</h3>${renderFigures(['command', 'CPU ms', 'CPU ratio', 'ms'], rows)}</section>`
}

/** The longest bar is as wide as there is room. */
function renderBars(bars: readonly { readonly name: string; readonly value: number; readonly label: string }[]): string {
  const longest = Math.max(...bars.map(({ value }) => value))
  const rendered = bars.map(({ name, value, label }) => {
    const width = Math.max(1, Math.round((100 * value) / longest))
    return `<span>${text(name)}</span><i${name.startsWith('ferry') ? ' class="ours"' : ''} style="width:${width}%"></i><span>${text(label)}</span>`
  })
  return `<div class="bars">${rendered.join('')}</div>`
}

/** Cells are HTML. */
function renderFigures(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = titles.map((title) => `<th>${text(title)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}
