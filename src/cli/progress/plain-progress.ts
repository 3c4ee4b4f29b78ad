import { renderDuration, renderPlural } from '../../report/render-units.ts'
import type { Io } from '../io.ts'
import type { Progress } from './progress.ts'
import { ProgressState, renderCounts } from './progress-state.ts'
import { renderEvent } from './render-event.ts'

/** A line at most this often while a step goes. */
const EVERY_MS = 5000

/** Progress as lines for logs and pipes: each step's start and end, and now and then between. */
export function openPlainProgress(io: Io): Progress {
  const state = new ProgressState()
  let saidAt = 0
  return {
    onEvent(event) {
      state.add(event)
      if (event.type === 'step:started') {
        saidAt = event.at
        const expected = event.expected === undefined ? '' : `, ${renderPlural(event.expected, 'item')}`
        const done = event.counts.read > 0 ? `, going on after ${renderPlural(event.counts.read, 'item')}` : ''
        io.err(`${state.title}${expected}${done}`)
      } else if (event.type === 'step:finished') {
        io.err(`${state.title}: done in ${renderDuration(event.ms)}: ${renderCounts(event.counts)}`)
      } else if (event.type === 'batch:committed') {
        if (event.at - saidAt < EVERY_MS) return
        saidAt = event.at
        io.err(`${state.title}: ${state.renderNow()}`)
      } else {
        const line = renderEvent(event)
        if (line !== undefined) io.err(line)
      }
    },
    stop: () => undefined,
  }
}
