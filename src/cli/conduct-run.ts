import { FerryError, isFerryError } from '../core/errors.ts'
import type { RunEvent } from '../core/events.ts'
import { redactSecrets } from '../core/redact-secrets.ts'
import type { RunResult, Workplace } from '../run/run-options.ts'
import type { Io } from './io.ts'
import { type OpenWorkplace, type WorkplaceOptions, withWorkplace } from './open-workplace.ts'
import { describeCause } from './print-error.ts'
import { createProfile, renderProfile } from './profile.ts'
import { openProgress } from './progress/progress.ts'
import { renderJson } from './render-json.ts'
import { type SignalWatch, watchSignals } from './watch-signals.ts'

/** Runs a long operation with progress and Ctrl-C, and prints what it came to. Resolves with the exit code. */
export async function conductRun(
  io: Io,
  options: WorkplaceOptions & { /** Say where the time went. */ readonly profile?: boolean },
  operation: (place: OpenWorkplace & Workplace) => Promise<RunResult>,
): Promise<number> {
  const watch = watchSignals(io)
  const profile = createProfile()
  try {
    const result = await withWorkplace(io, options, (place) =>
      withProgress(io, watch, ({ onEvent, signal }) => {
        const listen = (event: RunEvent) => {
          profile.onEvent(event)
          onEvent(event)
        }
        return operation({ ...place, signal, onEvent: options.profile ? listen : onEvent })
      }),
    )
    if (io.json) {
      io.out(renderJson({ type: 'result', ...result, ...(options.profile ? { profile: profile.read() } : {}) }))
    } else {
      const { renderResult } = await import('./render/render-result.ts')
      if (options.profile) for (const line of renderProfile(profile.read())) io.out(line)
      for (const line of renderResult(result, io.paint)) io.out(line)
      if (io.verbose && result.cause !== undefined) io.err(`cause: ${redactSecrets(describeCause(result.cause))}`)
    }
    return result.exitCode
  } finally {
    watch.stop()
  }
}

/** Calls `work` with a signal and a listener; progress is taken away whatever happens. @throws FERRY_RUN_INTERRUPTED where the abort came out as another error */
export async function withProgress<T>(
  io: Io,
  watch: SignalWatch,
  work: (shown: Required<Pick<Workplace, 'onEvent' | 'signal'>>) => Promise<T>,
): Promise<T> {
  const progress = await openProgress(io)
  let begun = false
  const onEvent: typeof progress.onEvent = (event) => {
    if (event.type === 'run:started') begun = true
    progress.onEvent(event)
  }
  try {
    return await work({ onEvent, signal: watch.signal })
  } catch (error) {
    if (!watch.signal.aborted || (isFerryError(error) && error !== watch.signal.reason)) throw error
    // In preflight there is no run yet that could be resumed.
    throw new FerryError('FERRY_RUN_INTERRUPTED', 'stopped by a signal', {
      hint: begun ? 'ferry status says where the run stands; ferry resume goes on' : 'type the same command again',
      cause: error,
    })
  } finally {
    progress.stop()
  }
}
