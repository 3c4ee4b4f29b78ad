import { FerryError } from '../core/errors.ts'
import { redactSecrets } from '../core/redact-secrets.ts'
import type { Io } from './io.ts'
import { renderJson } from './render-json.ts'

/** Any thrown thing as a FerryError; what is not one is a bug of ours or of the definition. */
export function toFerryError(thrown: unknown): FerryError {
  if (thrown instanceof FerryError) return thrown
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'something that is no Error was thrown'
  return new FerryError('FERRY_INTERNAL', message, {
    hint: 'run it again with --verbose; if the cause is not in your definition, please report it',
    cause: thrown,
  })
}

/** Prints an error: two lines on stderr, or one JSON document on stdout. Secrets are masked. */
export function printError(error: FerryError, io: Io): void {
  const message = redactSecrets(error.message)
  const hint = redactSecrets(error.hint)
  const cause = io.verbose ? redactSecrets(describeCause(error.cause)) : ''
  if (io.json) {
    const about = { code: error.code, message, hint, exitCode: error.exitCode, ...(cause === '' ? {} : { cause }) }
    io.out(renderJson({ type: 'error', error: about }))
    return
  }
  io.err(`${io.paint.red('error')} ${error.code}: ${message}`)
  if (hint !== '') io.err(`${io.paint.cyan('hint')}: ${hint}`)
  if (cause !== '') io.err(`cause: ${cause}`)
}

/** The chain of causes as text, five deep. */
export function describeCause(cause: unknown): string {
  const lines: string[] = []
  let current = cause
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth += 1) {
    if (!(current instanceof Error)) {
      lines.push(typeof current === 'string' ? current : `(${typeof current})`)
      break
    }
    lines.push(current.stack ?? `${current.name}: ${current.message}`)
    current = current.cause
  }
  return lines.join('\ncaused by: ')
}
