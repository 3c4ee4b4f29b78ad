import { expect } from 'chai'
import { Chalk } from 'chalk'
import type { Io } from '../../../src/cli/io.ts'
import { openPlainProgress } from '../../../src/cli/progress/plain-progress.ts'
import { openProgress } from '../../../src/cli/progress/progress.ts'
import { ProgressState } from '../../../src/cli/progress/progress-state.ts'
import type { RunEvent } from '../../../src/core/events.ts'
import { counts, RUN_ID, sampleEvents } from '../../support/sample-report.ts'

function recordingIo(over: Partial<Io> = {}): Io & { readonly lines: string[]; readonly results: string[] } {
  const lines: string[] = []
  const results: string[] = []
  return {
    lines,
    results,
    out: (text) => results.push(text),
    err: (text) => lines.push(text),
    json: false,
    verbose: false,
    isTerminal: false,
    canAsk: false,
    paint: new Chalk({ level: 0 }),
    cwd: '/',
    ...over,
  }
}

const committed = (at: number, read: number): RunEvent => ({
  at,
  runId: RUN_ID,
  type: 'batch:committed',
  step: 0,
  batch: 1,
  items: 100,
  rejects: 0,
  ms: 1,
  counts: counts({ read, inserted: read }),
  rssBytes: 1,
  stations: { read: 0, transform: 0, pack: 0, write: 0, commit: 0 },
})

describe('progress', () => {
  it('tells place, share, rate and the time that is left', () => {
    const state = new ProgressState()
    state.add({ at: 0, runId: RUN_ID, type: 'run:started', transfer: 't', resumed: false, steps: [] })
    state.add({
      at: 0,
      runId: RUN_ID,
      type: 'phase:started',
      phase: 'load',
      steps: [
        { number: 0, mapping: 'spots', kind: 'load', table: 'spots' },
        { number: 1, mapping: 'cars', kind: 'load', table: 'cars' },
      ],
    })
    state.add({ at: 0, runId: RUN_ID, type: 'step:started', step: 0, mapping: 'spots', kind: 'load', expected: 10_000, counts: counts({}) })
    state.add(committed(1000, 2500))
    expect(state.title).to.equal('step 1 of 2: spots')
    expect(state.renderNow()).to.equal('2,500 of 10,000 (25 %), 2,500/s, 3.0 s left')
  })

  it('counts the rate of a resumed step from where it goes on', () => {
    const state = new ProgressState()
    state.add({
      at: 0,
      runId: RUN_ID,
      type: 'step:started',
      step: 0,
      mapping: 'spots',
      kind: 'load',
      expected: 10_000,
      counts: counts({ read: 9000 }),
    })
    state.add(committed(1000, 9100))
    expect(state.renderNow()).to.contain(' 100/s').and.contain('9.0 s left')
  })

  it('says start and end of each step on a line, and what is between at most every five seconds', () => {
    const io = recordingIo()
    const progress = openPlainProgress(io)
    for (const event of sampleEvents()) progress.onEvent(event)
    expect(io.lines.filter((line) => /done in/.test(line))).to.have.length(6)
    expect(io.lines.length).to.be.below(30)
    const slow = recordingIo()
    const other = openPlainProgress(slow)
    other.onEvent({
      at: 0,
      runId: RUN_ID,
      type: 'step:started',
      step: 0,
      mapping: 'spots',
      kind: 'load',
      expected: 100_000,
      counts: counts({}),
    })
    for (let second = 1; second <= 60; second += 1) other.onEvent(committed(second * 1000, second * 100))
    expect(slow.lines).to.have.length(1 + 12)
  })

  it('masks secrets in what a driver said', async () => {
    const notice: RunEvent = { at: 0, runId: RUN_ID, type: 'notice', text: 'lost postgres://app:s3cret@db/x' }
    for (const io of [recordingIo(), recordingIo({ json: true })]) {
      const progress = await openProgress(io)
      progress.onEvent(notice)
      progress.stop()
      expect([...io.lines, ...io.results].join('\n')).to.contain('postgres://***@db/x')
    }
  })
})
