import { describeOutcome } from '../describe-outcome.ts'
import { renderBytes, renderCount, renderDuration, renderRate, renderTime } from '../render-units.ts'
import type { ReportData } from '../report-data.ts'
import { escapeHtml as text } from './escape-html.ts'
import {
  count,
  renderChecks,
  renderCommands,
  renderCurves,
  renderPhases,
  renderProse,
  renderSteps,
  section,
  table,
} from './report-sections.ts'
import { REPORT_STYLE } from './report-style.ts'

/** Nothing but the page's own style may load: no script, no image, no network. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** One self-contained page that tells a person what a run came to; every value is escaped. */
export function renderReportHtml(data: ReportData): string {
  const outcome = describeOutcome(data)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${text(data.transfer)}: ${text(outcome.badge)}</title><style>${REPORT_STYLE}</style></head>
<body><main>
<div class="over"><span class="badge ${outcome.tone}">${text(outcome.badge)}</span><span>${text(data.transfer)}</span><span>${renderTime(data.finishedAt ?? data.startedAt)}</span></div>
<h1>${text(outcome.headline)}</h1><p class="lead">${text(outcome.detail)}</p>
${renderError(data)}${renderTiles(data)}
${section('Tables', renderSteps(data))}
${renderRejects(data)}
${renderVerification(data)}
${renderCurves(data)}
<div class="pair">${section('Next', renderCommands(data.next))}${section('How to undo', renderCommands(data.undo))}</div>
<div class="pair">${section('Where the time went', renderPhases(data))}${section('Before it began', renderPreflight(data.preflight))}</div>
${section('Kept by the rollback', renderKept(data))}
${section('Notices', data.notices.length === 0 ? '' : `<ul>${data.notices.map((notice) => `<li>${text(notice)}</li>`).join('')}</ul>`)}
${section('This run', renderFacts(data))}
<footer>Made by knex-ferry from the run's event log and the state in the database. It loads nothing and holds no secrets; it may hold values of your data (samples, differences).</footer>
</main></body></html>
`
}

function renderError(data: ReportData): string {
  if (data.error === null) return ''
  const { code, message, hint } = data.error
  return `<section class="alert"><h2>${text(code)}</h2><p>${renderProse(message)}</p><p class="soft">${renderProse(hint)}</p></section>`
}

function renderTiles(data: ReportData): string {
  const tile = (value: string, name: string, tone = '') =>
    `<div class="tile"><b class="${tone}">${value}</b><span>${text(name)}</span></div>`
  return `<div class="tiles">${[
    tile(renderCount(data.totals.inserted + data.totals.updated), 'rows written'),
    tile(renderCount(data.totals.rejected), 'rejected', data.totals.rejected > 0 ? 'bad' : ''),
    data.totals.nulled > 0 ? tile(renderCount(data.totals.nulled), 'links left empty by policy', 'warn') : '',
    tile(renderDuration(data.workMs), data.sessions > 1 ? `of work, taken up ${data.sessions} times` : 'of work'),
    data.itemsPerSecond > 0 ? tile(renderRate(data.itemsPerSecond), 'items while loading') : '',
    data.peakRssBytes > 0 ? tile(renderBytes(data.peakRssBytes), 'memory at most') : '',
  ].join('')}</div>`
}

function renderRejects(data: ReportData): string {
  if (data.rejects.length === 0 && data.openLinks === 0) return ''
  const rows = data.rejects.map(
    (group) =>
      `<tr><td><span class="name">${text(group.code)}</span><br><span class="small soft">${text(`${group.mapping}${group.pointer}`)}</span></td>${count(group.count)}<td class="wrap">${text(group.reason)}</td><td class="wrap mono small">${group.samples.map(text).join('<br>')}</td></tr>`,
  )
  const landed = data.rejects.reduce((sum, group) => sum + group.count, 0) - data.openRejects
  const notes = [
    landed > 0 ? `${renderCount(landed)} of them were brought in by a retry.` : '',
    data.openLinks > 0 ? `${renderCount(data.openLinks)} links stay open because their parent was rejected.` : '',
  ]
  const note = notes.filter((sentence) => sentence !== '').join(' ')
  return section(
    'Rejects by cause',
    `${rows.length === 0 ? '' : table(['Cause', '#Records', 'Why', 'Keys, for example'], rows)}${note === '' ? '' : `<p class="small soft">${note}</p>`}`,
  )
}

type Verdict = NonNullable<ReportData['verification']>['tables'][number]

const VERDICTS: readonly { readonly title: string; readonly always: boolean; readonly of: (verdict: Verdict) => number }[] = [
  { title: 'Expected', always: true, of: (verdict) => verdict.expected },
  { title: 'Found', always: true, of: (verdict) => verdict.found },
  { title: 'Missing', always: false, of: (verdict) => verdict.missing },
  { title: 'Extra', always: false, of: (verdict) => verdict.extra },
  { title: 'Changed', always: false, of: (verdict) => verdict.changed },
  { title: 'Changed since', always: false, of: (verdict) => verdict.changedSince },
]

function renderVerification(data: ReportData): string {
  const { verification } = data
  if (verification === null) return ''
  const shown = VERDICTS.filter(({ always, of }) => always || verification.tables.some((verdict) => of(verdict) > 0))
  const rows = verification.tables.map((verdict) => {
    const wrong = verdict.missing + verdict.extra + verdict.changed
    const mark = wrong === 0 ? '<span class="good">✓ equal</span>' : '<span class="bad">✗ differs</span>'
    return `<tr><td class="name">${text(verdict.table)}</td><td>${mark}</td>${shown.map(({ of }) => count(of(verdict))).join('')}</tr>`
  })
  const basis = {
    load: 'what was made of the source while it was loaded',
    source: 'the source, read and transformed again',
    journal: `the run's journal, because ${text(verification.basisReason ?? 'the source is gone or changed')}`,
  }[verification.basis]
  return section(
    'Verification',
    `<p class="soft">Compared with ${basis}; took ${renderDuration(verification.ms)}.</p>${table(['Table', '', ...shown.map(({ title }) => `#${title}`)], rows)}${renderDifferences(verification)}<h3>Checks</h3>${renderChecks(verification.checks)}`,
  )
}

function renderDifferences(verification: NonNullable<ReportData['verification']>): string {
  if (verification.differences.length === 0) return ''
  const value = (side: string | null | undefined) => (side === undefined ? '' : side === null ? '<i>NULL</i>' : text(side))
  const rows = verification.differences.map(
    (difference) =>
      `<tr><td>${text(difference.kind.replace('_', ' '))}</td><td class="name">${text(difference.table)}</td><td class="wrap mono small">${text(difference.key)}</td><td>${text(difference.column ?? '')}</td><td class="wrap mono small exp">${value(difference.expected)}</td><td class="wrap mono small got">${value(difference.found)}</td></tr>`,
  )
  return `<details class="diff" open><summary>Differences listed: ${rows.length}</summary>${table(['Kind', 'Table', 'Key', 'Column', 'Expected', 'Found'], rows)}</details>`
}

/** What needs a look stands open; the many checks that passed are folded. */
function renderPreflight(checks: ReportData['preflight']): string {
  const passed = checks.filter((check) => check.status === 'passed')
  if (passed.length < 6) return renderChecks(checks)
  const others = renderChecks(checks.filter((check) => check.status !== 'passed'))
  return `${others}<details><summary>${passed.length} checks passed</summary>${renderChecks(passed)}</details>`
}

function renderKept(data: ReportData): string {
  const rows = Object.entries(data.kept).filter(([, kept]) => kept > 0)
  return rows.length === 0
    ? ''
    : table(
        ['Table', '#Rows kept'],
        rows.map(([name, kept]) => `<tr><td class="name">${text(name)}</td>${count(kept)}</tr>`),
      )
}

function renderFacts(data: ReportData): string {
  const facts: [string, string][] = [
    ['Run', data.kind === 'retry' ? `${data.runId}, a retry of ${data.parentId ?? 'another run'}` : data.runId],
    ['Status', `${data.status}, exit code ${data.exitCode}`],
    ['Source', data.source],
    ['Target', data.target],
    ['Started', renderTime(data.startedAt)],
    ['Finished', renderTime(data.finishedAt)],
    ['Backup', data.backup ?? 'none'],
    ['Migrations applied', data.migrations.join(', ') || 'none'],
    ['Configuration switched', data.switched.join(', ') || 'none'],
    ['Indexes still missing', data.missingIndexes.join(', ')],
  ]
  const shown = facts.filter(([, value]) => value !== '')
  return `<dl class="facts">${shown.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('')}</dl>`
}
