import type { RunEvent } from '../../core/events.ts'
import { NO_COUNTS, type StepCounts } from '../../core/position.ts'
import { renderCount, renderDuration, renderPercent, renderPlural, renderRate } from '../../report/render-units.ts'

/** The rate is taken over this much of the recent past. */
const WINDOW_MS = 8000

/** What progress lines are made of, kept up to date from events. */
export class ProgressState {
  /** Numbers of the steps in order, once the run has told them. */
  #numbers: readonly number[] = []
  #place = 0
  #name = ''
  #kind: 'load' | 'patch' = 'load'
  #expected: number | undefined
  #counts: StepCounts = NO_COUNTS
  #recent: { at: number; read: number }[] = []

  add(event: RunEvent): void {
    if (event.type === 'run:started' || event.type === 'phase:started') {
      const { steps = [] } = event
      if (steps.length > 0) this.#numbers = steps.map((step) => step.number)
    }
    if (event.type === 'step:started') {
      this.#place = event.step
      this.#name = event.mapping
      this.#kind = event.kind
      this.#expected = event.expected
      this.#counts = event.counts
      this.#recent = [{ at: event.at, read: event.counts.read }]
    }
    if (event.type === 'batch:committed') {
      this.#counts = event.counts
      this.#recent.push({ at: event.at, read: event.counts.read })
      while (this.#recent.length > 2 && (this.#recent[1]?.at ?? 0) < event.at - WINDOW_MS) this.#recent.shift()
    }
    if (event.type === 'step:finished') this.#counts = event.counts
  }

  /** `step 3 of 8: spots` */
  get title(): string {
    const total = this.#numbers.length > 0 ? ` of ${this.#numbers.length}` : ''
    return `step ${this.#place + 1}${total}: ${this.#name}${this.#kind === 'patch' ? ' (links, second pass)' : ''}`
  }

  get expected(): number | undefined {
    return this.#expected
  }

  /** `2,300 of 5,100 (45 %), 12.3 k/s, 4.0 s left, 3 rejected` */
  renderNow(): string {
    const { read, rejected } = this.#counts
    const rate = this.#rate()
    const of =
      this.#expected === undefined
        ? ` ${read === 1 ? 'item' : 'items'}`
        : ` of ${renderCount(this.#expected)} (${renderPercent(read, this.#expected)})`
    const left =
      this.#expected !== undefined && rate > 0 && read < this.#expected
        ? `${renderDuration(((this.#expected - read) / rate) * 1000)} left`
        : ''
    return [`${renderCount(read)}${of}`, rate > 0 ? renderRate(rate) : '', left, rejected > 0 ? `${renderCount(rejected)} rejected` : '']
      .filter((part) => part !== '')
      .join(', ')
  }

  #rate(): number {
    const first = this.#recent[0]
    const last = this.#recent.at(-1)
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return ((last.read - first.read) / (last.at - first.at)) * 1000
  }
}

/** `5,100 read, 5,088 inserted, 12 rejected` */
export function renderCounts(counts: StepCounts): string {
  const parts: [number, string][] = [
    [counts.inserted, 'inserted'],
    [counts.updated, 'updated'],
    [counts.linked, 'linked'],
    [counts.skipped, 'skipped'],
    [counts.filtered, 'filtered'],
    [counts.rejected, 'rejected'],
    [counts.nulled, 'links left empty'],
  ]
  const shown = parts.filter(([value]) => value > 0).map(([value, name]) => `${renderCount(value)} ${name}`)
  return [`${renderPlural(counts.read, 'item')} read`, ...shown].join(', ')
}
