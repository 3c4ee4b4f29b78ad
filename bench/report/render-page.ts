import { escapeHtml as text } from '../../src/report/html/escape-html.ts'
import { REPORT_STYLE } from '../../src/report/html/report-style.ts'
import type { BenchResults, Result } from '../results.ts'
import { renderRatio } from './render-results.ts'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
const STYLE = `.bars { display: grid; grid-template-columns: minmax(110px, auto) 1fr auto; gap: 6px 12px; align-items: center; }
.bars i { display: block; height: 14px; border-radius: 4px; background: var(--calm); min-width: 2px; } .bars i.ours { background: var(--good); }
.bars span { font-variant-numeric: tabular-nums; }`

/** One self-contained page: bars of the ratios by engine, then every figure. Loads nothing. */
export function renderPage(results: BenchResults): string {
  const engines = [...new Set(results.results.map(({ engine }) => engine))]
  const sections = engines.map((engine) =>
    renderEngine(
      engine,
      results.results.filter((result) => result.engine === engine),
    ),
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>knex-ferry bench</title><style>${REPORT_STYLE}${STYLE}</style></head>
<body><main><h1>knex-ferry bench</h1>
<p class="lead">${results.sessions.toLocaleString('en')} parking sessions of 14 fields with their parents; ${results.rounds} alternated rounds; medians.</p>
<p class="soft small">${text(results.machine)}; ${text(results.startedAt)}. Ratios are of whole processes against the first bar, round by round; shorter is faster.</p>
${sections.join('\n')}
</main></body></html>
`
}

function renderEngine(engine: string, results: readonly Result[]): string {
  const longest = Math.max(...results.map(({ ratio }) => ratio.median))
  const bars = results.map(({ name, ratio }) => {
    const width = Math.max(1, Math.round((100 * ratio.median) / longest))
    return `<span>${text(name)}</span><i${name.startsWith('ferry') ? ' class="ours"' : ''} style="width:${width}%"></i><span>${ratio.median.toFixed(2)}</span>`
  })
  const rows = results.map(
    (result) =>
      `<tr><td>${text(result.name)}<br><span class="soft small">${text(result.what)}</span></td><td>${renderRatio(result.ratio)}</td><td>${result.cpuRatio === undefined ? '' : renderRatio(result.cpuRatio)}</td><td>${(result.wallMs.median / 1000).toFixed(2)}</td><td>${Math.round(result.rowsPerSecond).toLocaleString('en')}</td><td>${result.peakRssBytes === 0 ? '' : Math.round(result.peakRssBytes / 2 ** 20)}</td></tr>`,
  )
  return `<section><h2>${text(engine)}</h2><div class="bars">${bars.join('')}</div>
<h3>Figures</h3><div class="scroll"><table><thead><tr><th>contestant</th><th>ratio (least to greatest)</th><th>CPU ratio</th><th>seconds</th><th>rows/s</th><th>peak MiB</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
}
