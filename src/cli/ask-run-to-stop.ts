import type { Io } from './io.ts'
import { type WorkplaceOptions, withWorkplace } from './open-workplace.ts'
import { renderJson } from './render-json.ts'

const WORDS = {
  pause: { asked: 'asked to pause: it stops after its current batch', moved: 'had no living owner; it is paused now' },
  cancel: { asked: 'asked to cancel: it stops for good after its current batch', moved: 'had no living owner; it is cancelled now' },
} as const

/** Asks a run to pause or to cancel from another terminal, and says what happened. */
export function askRunToStop(
  io: Io,
  options: WorkplaceOptions & { readonly run: string | undefined },
  request: 'pause' | 'cancel',
): Promise<number> {
  return withWorkplace(io, options, async ({ transfer, target }) => {
    const { askToStop } = await import('../run/request-stop.ts')
    const answer = await askToStop(target, {
      transfer: transfer.name,
      request,
      ...(options.run === undefined ? {} : { runId: options.run }),
    })
    if (io.json) {
      io.out(renderJson(answer, 2))
      return 0
    }
    io.out(`run ${answer.runId} ${WORDS[request][answer.done]}`)
    const next = request === 'pause' ? 'ferry resume' : 'ferry rollback'
    io.out(`next: ${io.paint.cyan(`${next} --run ${answer.runId}`)}`)
    return 0
  })
}
