import { escapeHtml } from './escape-html.ts'

export interface LineChart {
  /** Read aloud instead of the picture. */
  readonly label: string
  /** Two points or more, x rising. */
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly renderX: (x: number) => string
  readonly renderY: (y: number) => string
  /** What a round number of y is a multiple of: 1, or 1 MiB. */
  readonly unitY: number
  /** Colour of the style sheet: `a` or `b`. */
  readonly tone: 'a' | 'b'
}

const WIDTH = 480
const HEIGHT = 190
const LEFT = 58
const RIGHT = 8
const TOP = 10
const BOTTOM = 24

/** A line chart as SVG text, y from zero; '' with fewer than two points. */
export function renderLineChart(chart: LineChart): string {
  const { points, tone } = chart
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined || points.length < 2) return ''
  const top = roundUp(points.reduce((most, point) => Math.max(most, point.y), 0) / chart.unitY) * chart.unitY
  const spanX = Math.max(1e-9, last.x - first.x)
  const toX = (x: number) => LEFT + ((x - first.x) / spanX) * (WIDTH - LEFT - RIGHT)
  const toY = (y: number) => HEIGHT - BOTTOM - (y / top) * (HEIGHT - TOP - BOTTOM)
  const line = points.map((point) => `${toX(point.x).toFixed(1)} ${toY(point.y).toFixed(1)}`).join('L')
  const floor = (HEIGHT - BOTTOM).toFixed(1)
  const area = `M${LEFT} ${floor}L${line}L${toX(last.x).toFixed(1)} ${floor}Z`
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.label)}">`,
    ...[0, 0.5, 1].map((share) => renderGridLine(toY(share * top), chart.renderY(share * top))),
    ...[0, 0.5, 1].map((share) => renderTick(LEFT + share * (WIDTH - LEFT - RIGHT), chart.renderX(first.x + share * spanX), share)),
    `<path class="area ${tone}" d="${area}"/><path class="curve ${tone}" d="M${line}"/>`,
    '</svg>',
  ].join('')
}

function renderGridLine(y: number, text: string): string {
  return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/><text x="${LEFT - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${escapeHtml(text)}</text>`
}

function renderTick(x: number, text: string, share: number): string {
  const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle'
  return `<text x="${x.toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${escapeHtml(text)}</text>`
}

/** The next of 1, 1.2, 1.6, 2, 3, 4, 6, 8 times a power of ten, so that the axis ends on a round number. */
function roundUp(most: number): number {
  if (most <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  const step = [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10].find((factor) => factor * power >= most)
  return (step ?? 10) * power
}
