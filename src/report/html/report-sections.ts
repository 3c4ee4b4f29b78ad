import type { Check } from '../../core/check.ts'
import type { StepCounts } from '../../core/position.ts'
import { renderBytes, renderCount, renderDuration, renderRate } from '../render-units.ts'
import type { ReportCommand, ReportData, ReportStep } from '../report-data.ts'
import { escapeHtml as text } from './escape-html.ts'
import { renderLineChart } from './line-chart.ts'

const MARKS = { passed: ['good', '✓'], warning: ['warn', '!'], failed: ['bad', '✗'] } as const

export function count(value: number): string {
  return `<td class="num${value === 0 ? ' zero' : ''}">${renderCount(value)}</td>`
}

export function section(title: string, body: string, extra = ''): string {
  return body === '' ? '' : `<section${extra}><h2>${text(title)}</h2>${body}</section>`
}

export function table(heads: readonly string[], rows: readonly string[], foot = ''): string {
  const cells = heads
    .map((head) => (head.startsWith('#') ? `<th class="num">${text(head.slice(1))}</th>` : `<th>${text(head)}</th>`))
    .join('')
  return `<div class="scroll"><table><thead><tr>${cells}</tr></thead><tbody>${rows.join('')}</tbody>${foot}</table></div>`
}

export function renderChecks(checks: readonly Check[]): string {
  if (checks.length === 0) return ''
  const items = checks.map((check) => {
    const [tone, mark] = MARKS[check.status]
    const hint = check.hint === '' ? '' : `<br><span class="hint">${renderProse(check.hint)}</span>`
    return `<li><span class="mark ${tone}" title="${check.status}">${mark}</span><span><b>${text(check.name)}</b> ${text(check.detail)}${hint}</span></li>`
  })
  return `<ul class="checks">${items.join('')}</ul>`
}

export function renderCommands(commands: readonly ReportCommand[]): string {
  if (commands.length === 0) return ''
  return `<dl class="cmds">${commands.map(({ command, why }) => `<dt><code>${renderWords(command)}</code></dt><dd>${text(why)}</dd>`).join('')}</dl>`
}

/** Escaped text whose `commands` in backticks are set as code. */
export function renderProse(prose: string): string {
  return text(prose).replace(/`([^`]+)`/g, '<code>$1</code>')
}

/** A browser would break a line inside `--dry-run`. */
function renderWords(command: string): string {
  return command
    .split(' ')
    .map((word) => `<span>${text(word)}</span>`)
    .join(' ')
}

const COLUMNS: readonly { readonly title: string; readonly always: boolean; readonly of: (counts: StepCounts) => number }[] = [
  { title: 'Read', always: true, of: (counts) => counts.read },
  { title: 'Inserted', always: true, of: (counts) => counts.inserted },
  { title: 'Updated', always: false, of: (counts) => counts.updated },
  { title: 'Links filled', always: false, of: (counts) => counts.linked },
  { title: 'Skipped', always: false, of: (counts) => counts.skipped },
  { title: 'Filtered', always: false, of: (counts) => counts.filtered },
  { title: 'Rejected', always: true, of: (counts) => counts.rejected },
  { title: 'Links empty', always: false, of: (counts) => counts.nulled },
]

/** Tables with counts: one row a step, a bar of what became of its items. Columns that are zero throughout are left out. */
export function renderSteps(data: ReportData): string {
  if (data.steps.length === 0) return ''
  const shown = COLUMNS.filter((column) => column.always || column.of(data.totals) > 0)
  const heads = ['Table', ...shown.map((column) => `#${column.title}`), '#In table now', '#Time', '']
  const foot = `<tfoot><tr><td>Together</td>${shown.map((column) => count(column.of(data.totals))).join('')}<td></td><td></td><td></td></tr></tfoot>`
  const rows = data.steps.map((step) => renderStep(step, shown.map((column) => count(column.of(step.counts))).join('')))
  const legend = PARTS.filter((part) => part.of(data.totals) > 0).map(
    (part) => `<span class="key"><i class="${part.tone}"></i>${part.title}</span>`,
  )
  return `${table(heads, rows, foot)}<p class="small soft">${legend.join('')}</p>`
}

const PARTS: readonly { readonly title: string; readonly tone: string; readonly of: (counts: StepCounts) => number }[] = [
  { title: 'written', tone: 'g', of: (counts) => counts.inserted + counts.updated + counts.linked },
  { title: 'skipped', tone: 's', of: (counts) => counts.skipped },
  { title: 'filtered', tone: 'f', of: (counts) => counts.filtered },
  { title: 'rejected', tone: 'r', of: (counts) => counts.rejected },
]

function renderStep(step: ReportStep, numbers: string): string {
  const { counts } = step
  const about = step.kind === 'patch' ? `links of ${step.mapping}, second pass` : step.mapping === step.table ? '' : `from ${step.mapping}`
  const note = about === '' ? '' : `<br><span class="small soft">${text(about)}</span>`
  const bar = PARTS.map(({ tone, of }) => {
    const value = of(counts)
    return value === 0 ? '' : `<i class="${tone}" style="width:${((value / Math.max(1, counts.read)) * 100).toFixed(2)}%"></i>`
  })
  const inTable = step.rowsInTable === null ? '<td class="num zero">–</td>' : `<td class="num">${renderCount(step.rowsInTable)}</td>`
  return `<tr><td><span class="name">${text(step.table)}</span>${note}</td>${numbers}${inTable}<td class="num">${renderDuration(step.ms)}</td><td><div class="bar">${bar.join('')}</div></td></tr>`
}

/** Throughput and memory over the working time; '' when the run was too short for a curve. */
export function renderCurves(data: ReportData): string {
  const points = data.curve
  if (points.length < 3) return ''
  const rates = points.slice(1).map((point, at) => {
    const before = points[Math.max(0, at - 2)] ?? point
    const ms = Math.max(1, point.workMs - before.workMs)
    return { x: point.workMs, y: Math.max(0, ((point.items - before.items) / ms) * 1000) }
  })
  const speed = renderLineChart({
    label: 'Items per second over time',
    points: rates,
    renderX: renderDuration,
    renderY: renderRate,
    unitY: 1,
    tone: 'a',
  })
  const memory = renderLineChart({
    label: 'Memory of the process over time',
    points: points.map((point) => ({ x: point.workMs, y: point.rssBytes })),
    renderX: renderDuration,
    renderY: renderBytes,
    unitY: 1024 ** 2,
    tone: 'b',
  })
  return `<div class="pair">${section('Throughput', speed)}${section('Memory', memory)}</div>`
}

/** Phases as bars on one time line, pauses left out. */
export function renderPhases(data: ReportData): string {
  const { phases } = data
  if (phases.length === 0) return ''
  const total = Math.max(
    1,
    phases.reduce((sum, phase) => sum + (phase.ms ?? 0), 0),
  )
  let before = 0
  const rows = phases.map((phase) => {
    const left = (before / total) * 100
    const width = ((phase.ms ?? 0) / total) * 100
    before += phase.ms ?? 0
    const time = phase.ms === null ? '<span class="bad">unfinished</span>' : renderDuration(phase.ms)
    const style = `left:min(${left.toFixed(2)}%, calc(100% - 3px));width:${width.toFixed(2)}%`
    return `<div class="phase" title="${text(phase.detail)}"><span>${text(phase.phase)}</span><div class="track"><i class="${phase.ms === null ? 'bad' : ''}" style="${style}"></i></div><span class="num small">${time}</span></div>`
  })
  return rows.join('')
}
