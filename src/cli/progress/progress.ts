import type { RunEvent } from '../../core/events.ts'
import type { Io } from '../io.ts'

/** Shows a run while it goes. */
export interface Progress {
  onEvent(event: RunEvent): void
  /** Leaves the terminal as it was. Idempotent. */
  stop(): void
}

/** Moving lines on a terminal, plain lines elsewhere, NDJSON with --json. */
export async function openProgress(io: Io): Promise<Progress> {
  if (io.json) {
    const { renderJson } = await import('../render-json.ts')
    const { redactSecrets } = await import('../../core/redact-secrets.ts')
    const mask = (event: RunEvent) => (event.type === 'notice' ? { ...event, text: redactSecrets(event.text) } : event)
    return { onEvent: (event) => io.out(renderJson(mask(event))), stop: () => undefined }
  }
  if (io.isTerminal) {
    const { openTerminalProgress } = await import('./terminal-progress.ts')
    return openTerminalProgress(io)
  }
  const { openPlainProgress } = await import('./plain-progress.ts')
  return openPlainProgress(io)
}
