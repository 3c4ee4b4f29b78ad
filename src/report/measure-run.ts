import type { RunEvent } from '../core/events.ts'
import { NO_COUNTS, type StepCounts } from '../core/position.ts'
import type { CurvePoint, ReportPhase } from './report-data.ts'

/** Points of the curve at most: more than a page 1,280 pixels wide can show. */
const MAX_POINTS = 480
/** A phase that starts this long after the last event belongs to a new process (a verify weeks later). */
const SESSION_GAP_MS = 5 * 60_000

export interface StepMeasure {
  readonly number: number
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  counts: StepCounts
  expected: number | null
  ms: number
  batches: number
  retried: number
  isolated: number
}

/** What the events of a run say of its course. */
export interface RunMeasure {
  readonly sessions: number
  readonly workMs: number
  readonly peakRssBytes: number
  readonly steps: readonly StepMeasure[]
  readonly phases: readonly ReportPhase[]
  readonly curve: readonly CurvePoint[]
  readonly notices: readonly string[]
}

/** Adds up the events of one run, in order, in bounded memory. */
export class RunMeter {
  readonly #steps = new Map<number, StepMeasure>()
  readonly #phases: ReportPhase[] = []
  readonly #notices: string[] = []
  #curve: CurvePoint[] = []
  /** Only every n-th batch becomes a point, once there are many. */
  #stride = 1
  #seen = 0
  #sessions = 0
  #workMs = 0
  #lastAt: number | undefined
  #peakRssBytes = 0

  add(event: RunEvent): void {
    this.#addTime(event)
    switch (event.type) {
      case 'run:started':
        for (const step of event.steps) this.#stepOf(step.number, step)
        break
      case 'phase:started':
        for (const step of event.steps ?? []) this.#stepOf(step.number, step)
        this.#phases.push({ phase: event.phase, startedAt: event.at, ms: null, detail: '' })
        break
      case 'phase:finished':
        this.#finishPhase(event)
        break
      case 'step:started': {
        const step = this.#stepOf(event.step, event)
        step.expected = event.expected ?? step.expected
        step.counts = event.counts
        break
      }
      case 'step:finished':
        this.#stepOf(event.step, event).counts = event.counts
        break
      case 'batch:committed':
        this.#addBatch(event)
        break
      case 'batch:retried':
        this.#stepOf(event.step).retried += 1
        break
      case 'batch:isolated':
        this.#stepOf(event.step).isolated += 1
        break
      case 'notice':
        if (this.#notices.length < 200) this.#notices.push(event.text)
        break
      default:
        break
    }
  }

  measure(): RunMeasure {
    return {
      sessions: this.#sessions,
      workMs: this.#workMs,
      peakRssBytes: this.#peakRssBytes,
      steps: [...this.#steps.values()].sort((a, b) => a.number - b.number),
      phases: this.#phases,
      curve: this.#curve,
      notices: this.#notices,
    }
  }

  #addTime(event: RunEvent): void {
    const last = this.#lastAt
    this.#lastAt = event.at
    if (last === undefined) {
      this.#sessions = 1
      return
    }
    const gap = event.at - last
    const isNewProcess = event.type === 'run:started' || (event.type === 'phase:started' && gap > SESSION_GAP_MS)
    if (event.type === 'run:started' && event.resumed) this.#sessions += 1
    if (!isNewProcess) this.#workMs += Math.max(0, gap)
  }

  #stepOf(number: number, about?: { readonly kind?: 'load' | 'patch'; readonly mapping?: string; readonly table?: string }): StepMeasure {
    let step = this.#steps.get(number)
    if (step === undefined) {
      step = {
        number,
        kind: about?.kind ?? 'load',
        mapping: about?.mapping ?? '',
        table: about?.table ?? '',
        counts: NO_COUNTS,
        expected: null,
        ms: 0,
        batches: 0,
        retried: 0,
        isolated: 0,
      }
      this.#steps.set(number, step)
    }
    return step
  }

  #finishPhase(event: Extract<RunEvent, { type: 'phase:finished' }>): void {
    const at = this.#phases.findLastIndex((phase) => phase.phase === event.phase && phase.ms === null)
    const startedAt = this.#phases[at]?.startedAt ?? event.at - event.ms
    const phase: ReportPhase = { phase: event.phase, startedAt, ms: event.ms, detail: event.detail }
    if (at < 0) this.#phases.push(phase)
    else this.#phases[at] = phase
  }

  #addBatch(event: Extract<RunEvent, { type: 'batch:committed' }>): void {
    const step = this.#stepOf(event.step)
    step.counts = event.counts
    step.batches += 1
    step.ms += event.ms
    this.#peakRssBytes = Math.max(this.#peakRssBytes, event.rssBytes)
    this.#seen += 1
    if (this.#seen % this.#stride !== 0) return
    let items = 0
    for (const { counts } of this.#steps.values()) items += counts.read
    this.#curve.push({ workMs: this.#workMs, items, rssBytes: event.rssBytes })
    if (this.#curve.length > MAX_POINTS) {
      this.#curve = this.#curve.filter((_point, at) => at % 2 === 1)
      this.#stride *= 2
    }
  }
}
