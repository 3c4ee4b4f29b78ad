import { FerryError } from '../core/errors.ts'
import type { Io } from './io.ts'

export interface SignalWatch {
  /** Aborted by the first Ctrl-C or SIGTERM, with a FERRY_RUN_INTERRUPTED. */
  readonly signal: AbortSignal
  /** Ends the watch. */
  stop(): void
}

/** First signal: stop after the batch. Second: end at once, which loses nothing that was committed. */
export function watchSignals(io: Io): SignalWatch {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130)
    io.err(`${name === 'SIGINT' ? 'Ctrl-C' : name}: stopping after this batch; once more stops at once (nothing committed is lost)`)
    controller.abort(
      new FerryError('FERRY_RUN_INTERRUPTED', 'stopped by a signal', { hint: 'ferry resume goes on from the last committed batch' }),
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    stop() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
