import ora from 'ora'
import { cutText } from '../../report/render-table.ts'
import { renderDuration } from '../../report/render-units.ts'
import type { Io } from '../io.ts'
import type { Progress } from './progress.ts'
import { ProgressState, renderCounts } from './progress-state.ts'
import { renderEvent } from './render-event.ts'

/** Progress on a terminal: one moving line, and one that stays for each step and phase done. */
export function openTerminalProgress(io: Io): Progress {
  const state = new ProgressState()
  // discardStdin would put the terminal in raw mode and take Ctrl-C away from us.
  const spinner = ora({ stream: process.stderr, discardStdin: false, ...(io.paint.level === 0 ? { color: false as const } : {}) })
  const cut = (text: string) => cutText(text, Math.max(20, (process.stderr.columns ?? 80) - 3))
  const keep = (symbol: string, text: string) => {
    const wasSpinning = spinner.isSpinning
    spinner.stopAndPersist({ symbol, text })
    if (wasSpinning) spinner.start()
  }
  return {
    onEvent(event) {
      state.add(event)
      if (event.type === 'phase:started') spinner.start(event.phase)
      if (event.type === 'step:started' || event.type === 'batch:committed') {
        spinner.text = cut(event.type === 'step:started' ? state.title : `${state.title}: ${state.renderNow()}`)
        if (!spinner.isSpinning) spinner.start()
      } else if (event.type === 'step:finished') {
        const symbol = event.counts.rejected > 0 ? io.paint.yellow('!') : io.paint.green('✔')
        keep(symbol, `${state.title}: ${renderCounts(event.counts)} (${renderDuration(event.ms)})`)
      } else if (event.type === 'run:finished') {
        spinner.stop()
      } else {
        const line = renderEvent(event)
        if (line === undefined) return
        keep(event.type === 'phase:finished' ? io.paint.green('✔') : ' ', line)
      }
    },
    stop: () => {
      spinner.stop()
    },
  }
}
